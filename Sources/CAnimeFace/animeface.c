#include "CAnimeFace.h"
