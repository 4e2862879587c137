package face

/*
#include <stdlib.h> // defines __GLIBC__ where it is the C library

#if defined(__GLIBC__)
#include <malloc.h>
static void give_back(void) { malloc_trim(0); }
#else
static void give_back(void) {}
#endif
*/
import "C"

// largeRun is the input, in values, from which on a run of a free shape is followed
// by a giveBack: finding text in a photograph has 1 to 3 Mi and takes
// hundreds of MiB inside. Reading one line of it has a tenth of that.
const largeRun = 1 << 20

// giveBack returns freed memory to the system. The C library of most Linuxes keeps
// what lies between blocks that are still in use, in an arena for each thread, and a
// process that has read some documents would be large for good. It walks through all of
// them, hence it follows large runs alone.
func giveBack() { C.give_back() }
