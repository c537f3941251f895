/* Products of two matrices, as blocks that one-threaded calls of OpenBLAS compute. */
#include "pool.h"

#include <math.h>

enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };
enum { ROWS_OF_A_UNIT = 8, COLUMNS_OF_A_UNIT = 16 }; /* multiples of what a BLAS computes at once */

/* For products of up to 100^3 multiplications OpenBLAS has other loops, which round differently. Only larger
   products are cut, into blocks that are larger as well, so blocks have the bits of the whole product. */
static const double SMALL = 1.05e6;
static const double PACKING = 16; /* multiplications in the time of copying an element */

typedef void (*sgemm_fn)(int order, int transposed_a, int transposed_b, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void (*sgemv_fn)(int order, int transposed, int m, int n, float alpha, const float *a, int lda,
                         const float *x, int x_stride, float beta, float *y, int y_stride);
static sgemm_fn sgemm;
static sgemv_fn sgemv;

void use_blas(size_t sgemm_address, size_t sgemv_address)
{
    sgemm = (sgemm_fn)sgemm_address;
    sgemv = (sgemv_fn)sgemv_address;
}

/* A product, cut into a grid of blocks. The inner axis is never cut: the order of each sum stays the same. */
typedef struct {
    const product *whole;
    int down, across;
} grid;

FOR_EACH_PROCESSOR
static void add_to_rows(float *y, size stride, const float *bias, size rows, size columns)
{
    for (size row = 0; row < rows; row++, y += stride) {
        for (size column = 0; column < columns; column++) {
            y[column] += bias[column];
        }
    }
}

static void multiply_block(int part, int parts, const void *task)
{
    const grid *blocks = task;
    const product *p = blocks->whole;
    int i = part / blocks->across, j = part % blocks->across;
    size top = cut(p->rows, i, blocks->down, ROWS_OF_A_UNIT);
    size bottom = cut(p->rows, i + 1, blocks->down, ROWS_OF_A_UNIT);
    size left = cut(p->columns, j, blocks->across, COLUMNS_OF_A_UNIT);
    size right = cut(p->columns, j + 1, blocks->across, COLUMNS_OF_A_UNIT);
    size stride_x = p->x_transposed ? p->rows : p->inner;
    size stride_matrix = p->matrix_transposed ? p->inner : p->columns;
    float *y = p->y + top * p->columns + left;
    (void)parts;
    sgemm(ROW_MAJOR, p->x_transposed ? TRANSPOSED : AS_IT_IS, p->matrix_transposed ? TRANSPOSED : AS_IT_IS,
          (int)(bottom - top), (int)(right - left), (int)p->inner, 1.0f,
          p->x + (p->x_transposed ? top : top * stride_x), (int)stride_x,
          p->matrix + (p->matrix_transposed ? left * stride_matrix : left), (int)stride_matrix, 0.0f, y,
          (int)p->columns);
    if (p->bias) {
        add_to_rows(y, p->columns, p->bias + left, bottom - top, right - left);
    }
}

/* A lower bound of the length of the parts. */
static double shortest(size length, int parts, size unit)
{
    return parts == 1 ? (double)length : (double)length / parts - (double)unit;
}

static double longest(size length, int parts, size unit)
{
    size units = (length + unit - 1) / unit;
    return (double)((units + parts - 1) / parts * unit);
}

/* The fastest grid of at most `threads` blocks; the time of a block includes copying its rows and columns. */
static grid grid_for(int threads, const product *p)
{
    grid best = {p, 1, 1};
    double least = INFINITY;
    for (int down = 1; down <= threads; down++) {
        double fewest_rows = shortest(p->rows, down, ROWS_OF_A_UNIT), rows = longest(p->rows, down, ROWS_OF_A_UNIT);
        for (int across = 1; across * down <= threads && fewest_rows > 0; across++) {
            double fewest_columns = shortest(p->columns, across, COLUMNS_OF_A_UNIT);
            double columns = longest(p->columns, across, COLUMNS_OF_A_UNIT);
            double time = rows * columns + PACKING * (rows + columns);
            if (time < least && fewest_rows * fewest_columns * (double)p->inner > SMALL) {
                best = (grid){p, down, across};
                least = time;
            }
        }
    }
    return best;
}

static double multiplications(const product *p)
{
    return (double)p->rows * (double)p->columns * (double)p->inner;
}

bool is_long_product(const product *task) { return multiplications(task) > SMALL; }

/* y = stored @ vector, or stored.T @ vector */
static void multiply_vector(const float *stored, size rows, size columns, bool transposed, const float *vector,
                            float *y)
{
    sgemv(ROW_MAJOR, transposed ? TRANSPOSED : AS_IT_IS, (int)rows, (int)columns, 1.0f, stored, (int)columns, vector, 1,
          0.0f, y, 1);
}

static void multiply_row(const product *p)
{
    if (p->matrix_transposed) {
        multiply_vector(p->matrix, p->columns, p->inner, false, p->x, p->y);
    } else {
        multiply_vector(p->matrix, p->inner, p->columns, true, p->x, p->y);
    }
}

static void multiply_column(const product *p)
{
    if (p->x_transposed) {
        multiply_vector(p->x, p->inner, p->rows, true, p->matrix, p->y);
    } else {
        multiply_vector(p->x, p->rows, p->inner, false, p->matrix, p->y);
    }
}

static void multiply_matrices(const product *p)
{
    double worthwhile = multiplications(p) / SMALL;
    int threads = worthwhile < thread_count() ? (int)worthwhile : thread_count();
    grid blocks = threads > 1 ? grid_for(threads, p) : (grid){p, 1, 1};
    share_out(threads, blocks.down * blocks.across, multiply_block, &blocks);
}

void multiply(const product *task)
{
    if (task->rows > 1 && task->columns > 1) {
        multiply_matrices(task);
        return;
    }
    if (task->rows == 1) {
        multiply_row(task);
    } else {
        multiply_column(task);
    }
    if (task->bias) {
        add_to_rows(task->y, task->columns, task->bias, task->rows, task->columns);
    }
}
