/* Updates of parameters, in place; each number is computed in the steps of the NumPy function. */
#include "pool.h"

#include <float.h>
#include <math.h>

typedef struct {
    float *value;
    const float *grad;
    float *velocity, *square;
    float lr, decay, momentum;
    const adam_factors *factors;
} update;

FOR_EACH_PROCESSOR
static void descend_loop(size begin, size end, const void *task)
{
    const update *u = task;
    float *__restrict value = u->value;
    const float *__restrict grad = u->grad;
    float lr = u->lr, decay = u->decay;
    if (decay == 0) {
        for (size i = begin; i < end; i++) {
            value[i] -= lr * grad[i];
        }
    } else {
        for (size i = begin; i < end; i++) {
            value[i] -= lr * (decay * value[i] + grad[i]);
        }
    }
}

void descend(float *value, const float *grad, float lr, float decay, size count)
{
    update whole = {.value = value, .grad = grad, .lr = lr, .decay = decay};
    share_elements(count, descend_loop, &whole);
}

/* Without a factor nothing is added, as 0 times infinity is no number. */
static inline float plus(float number, float factor, float times)
{
    return factor == 0 ? number : number + factor * times;
}

FOR_EACH_PROCESSOR
static void momentum_loop(size begin, size end, const void *task)
{
    const update *u = task;
    float *__restrict value = u->value, *__restrict velocity = u->velocity;
    const float *__restrict grad = u->grad;
    float lr = u->lr, decay = u->decay, momentum = u->momentum;
    for (size i = begin; i < end; i++) {
        velocity[i] = momentum * velocity[i] + plus(grad[i], decay, value[i]);
        value[i] -= lr * velocity[i];
    }
}

FOR_EACH_PROCESSOR
static void nesterov_loop(size begin, size end, const void *task)
{
    const update *u = task;
    float *__restrict value = u->value, *__restrict velocity = u->velocity;
    const float *__restrict grad = u->grad;
    float lr = u->lr, decay = u->decay, momentum = u->momentum;
    for (size i = begin; i < end; i++) {
        float slope = plus(grad[i], decay, value[i]);
        velocity[i] = momentum * velocity[i] + slope;
        value[i] -= lr * (slope + momentum * velocity[i]);
    }
}

void descend_with_momentum(float *value, const float *grad, float *velocity, float lr, float decay, float momentum,
                           bool nesterov, size count)
{
    update whole = {.value = value, .grad = grad, .velocity = velocity, .lr = lr, .decay = decay, .momentum = momentum};
    share_elements(count, nesterov ? nesterov_loop : momentum_loop, &whole);
}

FOR_EACH_PROCESSOR
static void adam_loop(size begin, size end, const void *task)
{
    const update *u = task;
    float *__restrict value = u->value, *__restrict velocity = u->velocity, *__restrict square = u->square;
    const float *__restrict grad = u->grad;
    adam_factors by = *u->factors;
    for (size i = begin; i < end; i++) {
        float slope = plus(grad[i], by.decay, value[i]);
        square[i] = by.beta_2 * square[i] + slope * slope * by.rest_of_beta_2;
        velocity[i] = by.beta_1 * velocity[i] + slope;
        value[i] -= plus(velocity[i] / (sqrtf(square[i]) + by.epsilon) * by.rate, by.shrinkage, value[i]);
    }
}

/* The number of finite elements whose squares overflow. */
FOR_EACH_PROCESSOR
static double overflows(size begin, size end, const void *task)
{
    const update *u = task;
    int count = 0;
    for (size i = begin; i < end; i++) {
        float slope = plus(u->grad[i], u->factors->decay, u->value[i]);
        count += (slope * slope > FLT_MAX) & (fabsf(slope) <= FLT_MAX);
    }
    return count;
}

bool adam(float *value, const float *grad, float *velocity, float *square, const adam_factors *factors, size count)
{
    update whole = {.value = value, .grad = grad, .velocity = velocity, .square = square, .factors = factors};
    if (share_sum(count, WORTH_A_THREAD / PARTS_OF_A_THREAD, 1, overflows, &whole) > 0) {
        return false;
    }
    share_elements(count, adam_loop, &whole);
    return true;
}
