/* The softmax cross-entropy of integer labels, and its gradient. */
#include "pool.h"

#include <math.h>
#include <string.h>

enum { ROWS = 32, LANES = 32, FEW_CLASSES = 64, ELEMENTS_OF_A_PART = 16384, COST_OF_EXP = 4 };

FOR_EACH_PROCESSOR
bool are_labels(const int64_t *labels, size count, size classes)
{
    uint64_t outside = 0;
    for (size i = 0; i < count; i++) {
        outside |= (uint64_t)((uint64_t)labels[i] >= (uint64_t)classes);
    }
    return !outside;
}

/* exp(x) for x <= 0, to 2 units in the last place; 0 below the smallest normal number; NaN stays. Adding
   `rounder` rounds to an integer, whose bits are then the last ones of the sum. */
static inline float exp_of_negative(float x)
{
    const float rounder = 12582912.0f, least = -87.336544f;
    float clipped = x < least ? least : x;
    float rounded = clipped * 1.44269504f + rounder, n = rounded - rounder;
    float r = (clipped - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    bits = (bits << 23) + ((uint32_t)127 << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return x < least ? 0.0f : p * power;
}

typedef struct {
    const float *z;
    const int64_t *labels;
    size classes;
    float share;
    float *gradient;
} batch;

/* Up to 32 rows of few classes, transposed in a block, so that each row is a lane of the vectors. Returns the
   sum of the losses. */
FOR_EACH_PROCESSOR
static double rows_of_few_classes(const batch *b, size first, size rows, const int64_t *labels)
{
    float block[FEW_CLASSES * ROWS], largest[ROWS], total[ROWS];
    size classes = b->classes;
    const float *z = b->z + first * classes;
    float *gradient = b->gradient + first * classes;
    double loss = 0;
    for (size row = 0; row < ROWS; row++) {
        for (size k = 0; k < classes; k++) {
            block[k * ROWS + row] = row < rows ? z[row * classes + k] : 0;
        }
        largest[row] = -INFINITY;
        total[row] = 0;
    }
    for (size k = 0; k < classes; k++) {
        for (size row = 0; row < ROWS; row++) {
            float number = block[k * ROWS + row];
            largest[row] = number > largest[row] ? number : largest[row];
        }
    }
    for (size row = 0; row < rows; row++) {
        loss -= (double)(block[labels[row] * ROWS + row] - largest[row]);
    }
    for (size k = 0; k < classes; k++) {
        for (size row = 0; row < ROWS; row++) {
            float power = exp_of_negative(block[k * ROWS + row] - largest[row]);
            block[k * ROWS + row] = power;
            total[row] += power;
        }
    }
    for (size row = 0; row < rows; row++) {
        loss += (double)logf(total[row]);
    }
    for (size row = 0; row < ROWS; row++) {
        total[row] = b->share / total[row];
    }
    for (size row = 0; row < rows; row++) {
        for (size k = 0; k < classes; k++) {
            gradient[row * classes + k] = block[k * ROWS + row] * total[row];
        }
        gradient[row * classes + labels[row]] -= b->share;
    }
    return loss;
}

static inline void keep_larger(float *__restrict lanes, const float *__restrict x)
{
    for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = x[lane] > lanes[lane] ? x[lane] : lanes[lane];
    }
}

/* The largest of at least so many numbers as there are lanes; the last ones are looked at twice. */
static inline float largest_of(const float *x, size count)
{
    float lanes[LANES], largest = -INFINITY;
    memcpy(lanes, x, sizeof lanes);
    for (size i = LANES; i + LANES <= count; i += LANES) {
        keep_larger(lanes, x + i);
    }
    keep_larger(lanes, x + count - LANES);
    for (int lane = 0; lane < LANES; lane++) {
        largest = lanes[lane] > largest ? lanes[lane] : largest;
    }
    return largest;
}

FOR_EACH_PROCESSOR
static double row_of_many_classes(const batch *b, size row, int64_t label)
{
    size classes = b->classes;
    const float *__restrict z = b->z + row * classes;
    float *__restrict gradient = b->gradient + row * classes;
    float largest = largest_of(z, classes), total = 0;
#pragma omp simd reduction(+ : total)
    for (size k = 0; k < classes; k++) {
        gradient[k] = exp_of_negative(z[k] - largest);
        total += gradient[k];
    }
    float factor = b->share / total;
    for (size k = 0; k < classes; k++) {
        gradient[k] *= factor;
    }
    gradient[label] -= b->share;
    return (double)logf(total) - (double)(z[label] - largest);
}

static double losses_of_rows(size begin, size end, const void *task)
{
    const batch *whole = task;
    int64_t labels[ROWS];
    double loss = 0;
    for (size first = begin; first < end; first += ROWS) {
        size rows = end - first < ROWS ? end - first : ROWS;
        for (size row = 0; row < rows; row++) { /* it may have changed since it was checked */
            int64_t label = whole->labels[first + row];
            labels[row] = label >= 0 && label < whole->classes ? label : 0;
        }
        if (whole->classes <= FEW_CLASSES) {
            loss += rows_of_few_classes(whole, first, rows, labels);
        } else {
            for (size row = 0; row < rows; row++) {
                loss += row_of_many_classes(whole, first + row, labels[row]);
            }
        }
    }
    return loss;
}

double cross_entropy(const float *z, const int64_t *labels, size rows, size classes, float share, float *gradient)
{
    batch whole = {z, labels, classes, share, gradient};
    size rows_of_a_part = (ELEMENTS_OF_A_PART / classes + ROWS) / ROWS * ROWS;
    return share_sum(rows, rows_of_a_part, COST_OF_EXP * classes, losses_of_rows, &whole);
}
