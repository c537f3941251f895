/* Element by element: activations and dropout. */
#include "pool.h"

typedef struct {
    const float *x, *other;
    const uint8_t *mask;
    float scale;
    float *y, *factors;
} operation;

FOR_EACH_PROCESSOR
static void relu_loop(size begin, size end, const void *task)
{
    const operation *o = task;
    const float *__restrict x = o->x;
    float *__restrict y = o->y;
    for (size i = begin; i < end; i++) {
        y[i] = x[i] <= 0 ? 0 : x[i];
    }
}

void relu(const float *x, float *y, size count)
{
    operation whole = {.x = x, .y = y};
    share_elements(count, relu_loop, &whole);
}

FOR_EACH_PROCESSOR
static void relu_backward_loop(size begin, size end, const void *task)
{
    const operation *o = task;
    const float *__restrict grad = o->x, *__restrict y = o->other;
    float *__restrict dx = o->y;
    for (size i = begin; i < end; i++) {
        dx[i] = grad[i] * (y[i] > 0 ? 1.0f : 0.0f);
    }
}

void relu_backward(const float *grad, const float *y, float *dx, size count)
{
    operation whole = {.x = grad, .other = y, .y = dx};
    share_elements(count, relu_backward_loop, &whole);
}

FOR_EACH_PROCESSOR
static void keep_loop(size begin, size end, const void *task)
{
    const operation *o = task;
    const float *__restrict x = o->x;
    const uint8_t *__restrict mask = o->mask;
    float *__restrict y = o->y, *__restrict factors = o->factors;
    float scale = o->scale;
    for (size i = begin; i < end; i++) {
        factors[i] = mask[i] ? scale : 0.0f;
        y[i] = x[i] * factors[i];
    }
}

void keep(const float *x, const uint8_t *mask, float scale, float *y, float *factors, size count)
{
    operation whole = {.x = x, .mask = mask, .scale = scale, .y = y, .factors = factors};
    share_elements(count, keep_loop, &whole);
}

FOR_EACH_PROCESSOR
static void times_loop(size begin, size end, const void *task)
{
    const operation *o = task;
    const float *__restrict x = o->x, *__restrict factors = o->other;
    float *__restrict y = o->y;
    for (size i = begin; i < end; i++) {
        y[i] = x[i] * factors[i];
    }
}

void times(const float *x, const float *factors, float *y, size count)
{
    operation whole = {.x = x, .other = factors, .y = y};
    share_elements(count, times_loop, &whole);
}
