/* Updates of parameters, in place; each number is computed in the steps of the NumPy function. */
#ifndef NNLAYERS_UPDATES_H
#define NNLAYERS_UPDATES_H

#include "loops.h"

/* value -= lr * (grad + decay * value) */
void descend(float *value, const float *grad, float lr, float decay, size count);

/* velocity = momentum * velocity + grad; value -= lr * (nesterov ? grad + momentum * velocity : velocity) */
void descend_with_momentum(float *value, const float *grad, float *velocity, float lr, float momentum, bool nesterov,
                           size count);

typedef struct {
    float beta_1, beta_2, rest_of_beta_2, epsilon, rate;
} adam_factors;

/* square = beta_2 * square + (1 - beta_2) * grad^2; velocity = beta_1 * velocity + grad;
   value -= rate * velocity / (sqrt(square) + epsilon) */
void adam(float *value, const float *grad, float *velocity, float *square, const adam_factors *factors, size count);

/* True if the squares of all finite numbers are finite. */
bool can_be_squared(const float *x, size count);

#endif
