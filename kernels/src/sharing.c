/* Loops and sums over many elements, shared among threads. */
#include "pool.h"

enum { MOST_PARTS = 1024 };

int threads_for(size elements)
{
    size worthwhile = elements / WORTH_A_THREAD;
    return worthwhile < 1 ? 1 : worthwhile < thread_count() ? (int)worthwhile : thread_count();
}

typedef struct {
    size count;
    loop_fn loop;
    const void *task;
} range;

static void do_part(int part, int parts, const void *of)
{
    const range *whole = of;
    size begin = cut(whole->count, part, parts, CACHE_LINE);
    whole->loop(begin, cut(whole->count, part + 1, parts, CACHE_LINE), whole->task);
}

void share_elements(size count, loop_fn loop, const void *task)
{
    range whole = {count, loop, task};
    int threads = threads_for(count);
    share_out(threads, threads > 1 ? PARTS_OF_A_THREAD * threads : 1, do_part, &whole);
}

typedef struct {
    size count, of_a_part;
    sum_fn sum;
    const void *task;
    double *sums;
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
    while (count > MOST_PARTS * of_a_part) {
        of_a_part *= 2;
    }
    summation whole = {count, of_a_part, sum, task, sums};
    int parts = (int)((count + of_a_part - 1) / of_a_part);
    share_out(threads_for(count * cost), parts, sum_part, &whole);
    for (int part = 0; part < parts; part++) {
        total += sums[part];
    }
    return total;
}
