/* The softmax cross-entropy of integer labels, and its gradient. */
#ifndef NNLAYERS_CROSS_ENTROPY_H
#define NNLAYERS_CROSS_ENTROPY_H

#include "loops.h"

/* Integers of any width. */
typedef struct {
    const void *numbers;
    size count;
    int bytes;
    bool has_sign;
} integers;

/* True if all are in 0 ... classes - 1. */
bool are_labels(const integers *labels, uint64_t classes);

/* gradient = (softmax(z) - one_hot(label)) * share, row by row; returns the sum of the losses * share. */
double cross_entropy(const float *z, const integers *labels, size classes, float share, float *gradient);

#endif
