// SHA-256 from Nettle, which picks the processor's own instructions at run time.
#include <nettle/sha2.h>
