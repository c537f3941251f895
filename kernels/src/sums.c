/* Sums of many numbers, in an order that does not depend on the number of threads. */
#include "pool.h"

enum { STRIP = 256, ROWS_AT_ONCE = 1024, CHUNK = 2048 };

typedef struct {
    const float *x;
    float *sums;
    size rows, columns;
} table;

/* Add up a few columns of some rows, four rows at a time: the sums are read and written a quarter as often. */
static inline void add_rows(const float *row, size stride, size rows, size columns, float *__restrict sums)
{
    size number = 0;
    for (; number + 4 <= rows; number += 4, row += 4 * stride) {
        for (size column = 0; column < columns; column++) {
            sums[column] += (row[column] + row[column + stride]) +
                            (row[column + 2 * stride] + row[column + 3 * stride]);
        }
    }
    for (; number < rows; number++, row += stride) {
        for (size column = 0; column < columns; column++) {
            sums[column] += row[column];
        }
    }
}

/* Rows are added up in pieces: the rounding error grows with the number of successive additions. */
FOR_EACH_PROCESSOR
static void sum_strip(const table *t, size left, size columns)
{
    float sums[STRIP] = {0};
    for (size first = 0; first < t->rows; first += ROWS_AT_ONCE) {
        size rows = t->rows - first < ROWS_AT_ONCE ? t->rows - first : ROWS_AT_ONCE;
        float some[STRIP] = {0};
        add_rows(t->x + first * t->columns + left, t->columns, rows, columns, some);
        for (size column = 0; column < columns; column++) {
            sums[column] += some[column];
        }
    }
    for (size column = 0; column < columns; column++) {
        t->sums[left + column] = sums[column];
    }
}

static void sum_columns(int part, int parts, const void *task)
{
    const table *whole = task;
    size right = cut(whole->columns, part + 1, parts, CACHE_LINE);
    for (size left = cut(whole->columns, part, parts, CACHE_LINE); left < right; left += STRIP) {
        sum_strip(whole, left, right - left < STRIP ? right - left : STRIP);
    }
}

void sum_rows(const float *x, float *sums, size rows, size columns)
{
    table whole = {x, sums, rows, columns};
    int threads = threads_for(rows * columns);
    share_out(threads, columns >= CACHE_LINE * threads ? threads : 1, sum_columns, &whole);
}

FOR_EACH_PROCESSOR
static float squares_of_chunk(const float *x, size count)
{
    size half = count / 2;
    float first = 0, second = 0; /* two sums that need not wait for each other */
#pragma omp simd reduction(+ : first, second)
    for (size i = 0; i < half; i++) {
        first += x[i] * x[i];
        second += x[half + i] * x[half + i];
    }
    return count % 2 ? first + second + x[count - 1] * x[count - 1] : first + second;
}

static double squares_of_part(size begin, size end, const void *task)
{
    const float *x = task;
    double total = 0;
    for (; begin < end; begin += CHUNK) {
        total += squares_of_chunk(x + begin, end - begin < CHUNK ? end - begin : CHUNK);
    }
    return total;
}

double sum_of_squares(const float *x, size count) { return share_sum(count, 4 * CHUNK, 1, squares_of_part, x); }
