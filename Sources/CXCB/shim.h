// The X protocol from XCB, which hands errors back instead of ending the process; xcbext.h for requests of extensions.
#include <sys/uio.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>
