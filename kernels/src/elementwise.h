/* Element by element: activations and dropout. */
#ifndef NNLAYERS_ELEMENTWISE_H
#define NNLAYERS_ELEMENTWISE_H

#include "loops.h"

/* y = max(x, 0); NaN stays. */
void relu(const float *x, float *y, size count);

/* dx = grad where y > 0, else 0. */
void relu_backward(const float *grad, const float *y, float *dx, size count);

/* y = x * scale where a draw is below `kept`, else x * 0. */
void keep(const float *x, const uint16_t *draws, uint32_t kept, float scale, float *y, size count);

#endif
