/* Rows added up by number, as for the gradient of an embedding. */
#include "layers.h"
#include "pool.h"

typedef struct {
    const float *rows;
    const int64_t *index;
    size number, count, columns;
    float *sums;
} task_by_index;

/* Some columns of all rows, so that each is added up in the order of the rows. */
FOR_EACH_PROCESSOR
static void add_columns(int part, int parts, const void *task)
{
    const task_by_index *t = task;
    size left = cut(t->columns, part, parts, CACHE_LINE), right = cut(t->columns, part + 1, parts, CACHE_LINE);
    for (size row = 0; row < t->number; row++) {
        int64_t index = t->index[row];
        if (index < 0 || index >= t->count) { /* another thread has changed it since it was checked */
            continue;
        }
        const float *from = t->rows + row * t->columns;
        float *__restrict to = t->sums + index * t->columns;
        for (size column = left; column < right; column++) {
            to[column] += from[column];
        }
    }
}

void sum_by_index(const float *rows, const int64_t *index, size number, const size *shape, float *sums)
{
    task_by_index whole = {rows, index, number, shape[0], shape[1], sums};
    int threads = threads_for(number * shape[1]);
    share_out(threads, threads, add_columns, &whole);
}
