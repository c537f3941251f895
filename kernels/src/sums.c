#include "sums.h"
#include "pool.h"

enum { MOST_PARTS = 1024, CACHE_LINE = 16, CHUNK = 8192, LANES = 32 };

typedef struct {
    const float *x;
    float *sums;
    size rows, columns;
} table;

/* Four rows at a time: the sums are then read and written a quarter as often. */
FOR_EACH_PROCESSOR
static void sum_some_columns(const table *t, size left, size right)
{
    const float *row = t->x;
    float *__restrict sums = t->sums;
    size stride = t->columns, number = 0;
    for (size column = left; column < right; column++) {
        sums[column] = 0;
    }
    for (; number + 4 <= t->rows; number += 4, row += 4 * stride) {
        for (size column = left; column < right; column++) {
            sums[column] += (row[column] + row[column + stride]) +
                            (row[column + 2 * stride] + row[column + 3 * stride]);
        }
    }
    for (; number < t->rows; number++, row += stride) {
        for (size column = left; column < right; column++) {
            sums[column] += row[column];
        }
    }
}

static void sum_part_of_columns(int part, int parts, const void *of)
{
    const table *whole = of;
    sum_some_columns(whole, cut(whole->columns, part, parts, CACHE_LINE),
                     cut(whole->columns, part + 1, parts, CACHE_LINE));
}

void sum_rows(const float *x, float *sums, size rows, size columns)
{
    table whole = {x, sums, rows, columns};
    int threads = threads_for(rows * columns);
    share_out(threads, columns >= CACHE_LINE * threads ? threads : 1, sum_part_of_columns, &whole);
}

typedef struct {
    size count;
    sum_fn sum;
    const void *task;
    double *sums;
    size of_a_part;
} summation;

static void sum_part(int part, int parts, const void *of)
{
    const summation *whole = of;
    size begin = part * whole->of_a_part, end = begin + whole->of_a_part;
    (void)parts;
    whole->sums[part] = whole->sum(begin, end < whole->count ? end : whole->count, whole->task);
}

double share_sum(size count, size of_a_part, size cost, sum_fn sum, const void *task)
{
    double sums[MOST_PARTS], total = 0;
    size coarser = (count / of_a_part + MOST_PARTS - 1) / (MOST_PARTS - 1);
    summation whole = {count, sum, task, sums, coarser > 1 ? coarser * of_a_part : of_a_part};
    int parts = (int)((count + whole.of_a_part - 1) / whole.of_a_part);
    share_out(threads_for(count * cost), parts, sum_part, &whole);
    for (int part = 0; part < parts; part++) {
        total += sums[part];
    }
    return total;
}

FOR_EACH_PROCESSOR
static double squares_of_chunk(const float *x, size count)
{
    float lanes[LANES] = {0}, total = 0;
    size i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] += x[i + lane] * x[i + lane];
        }
    }
    for (int lane = 0; lane < LANES; lane++) {
        total += lanes[lane];
    }
    for (; i < count; i++) {
        total += x[i] * x[i];
    }
    return total;
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

double sum_of_squares(const float *x, size count) { return share_sum(count, 2 * CHUNK, 1, squares_of_part, x); }
