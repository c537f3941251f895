/* The kernels as Python calls them. */
#ifndef NNLAYERS_BINDINGS_H
#define NNLAYERS_BINDINGS_H

#include "arrays.h"

/* By name; the last name is NULL. Each has the NumPy function as its `self`. */
extern PyMethodDef kernels[];

#endif
