/* The rigid pose of the head from the landmarks: head_pose.py says what is computed and after what. */

#include <math.h>
#include <stdint.h>

#define VERTICAL_FOV_DEGREES 63.0
#define NEAR 1.0
#define LEAST_SPREAD 1e-3
#define MOST_FITTED 64

typedef struct {
    const int32_t *fitted; /* (K) landmarks that are fitted */
    const double *source;  /* (K, 3) the canonical face about its centre, times the shares */
    const double *shares;  /* (K) weights that add up to 1 */
    double center[3];      /* of the canonical face */
    double spread;
    int32_t count, mesh_size;
} HeadFit;

typedef double Matrix[3][3];

static void covariance(Matrix to, const HeadFit *fit, double (*target)[3]) {
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column) {
            double sum = 0;
            for (int k = 0; k < fit->count; ++k) sum += target[k][row] * fit->source[3 * k + column];
            to[row][column] = sum;
        }
}

/* Eigenvectors, as columns, of a symmetric matrix, which becomes diagonal (Jacobi's rotations:
 * Golub and Van Loan, "Matrix Computations", section 8.5). */
static void eigenvectors(Matrix a, Matrix v) {
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column) v[row][column] = row == column;
    for (int sweep = 0; sweep < 12; ++sweep)
        for (int p = 0; p < 2; ++p)
            for (int q = p + 1; q < 3; ++q) {
                if (fabs(a[p][q]) <= 1e-18 * (fabs(a[p][p]) + fabs(a[q][q]))) continue;
                double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
                double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                double c = 1 / sqrt(t * t + 1), s = t * c;
                for (int k = 0; k < 3; ++k) {
                    double left = a[k][p], right = a[k][q];
                    a[k][p] = c * left - s * right;
                    a[k][q] = s * left + c * right;
                }
                for (int k = 0; k < 3; ++k) {
                    double upper = a[p][k], lower = a[q][k];
                    a[p][k] = c * upper - s * lower;
                    a[q][k] = s * upper + c * lower;
                }
                for (int k = 0; k < 3; ++k) {
                    double left = v[k][p], right = v[k][q];
                    v[k][p] = c * left - s * right;
                    v[k][q] = s * left + c * right;
                }
            }
}

static void cross(double *to, const double *a, const double *b) {
    to[0] = a[1] * b[2] - a[2] * b[1];
    to[1] = a[2] * b[0] - a[0] * b[2];
    to[2] = a[0] * b[1] - a[1] * b[0];
}

/* The rotation U VT of A = U S VT with determinant 1, and the trace of what it leaves of A. Both bases
 * are completed by a cross product, so that a mirror image cannot come out. */
static double rotation_of(Matrix to, Matrix a) {
    Matrix squared, v;
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column) {
            squared[row][column] = 0;
            for (int k = 0; k < 3; ++k) squared[row][column] += a[k][row] * a[k][column];
        }
    eigenvectors(squared, v);
    int least = 0;
    for (int k = 1; k < 3; ++k)
        if (squared[k][k] < squared[least][least]) least = k;
    double right[3][3], left[3][3]; /* rows are the bases' vectors */
    for (int k = 0; k < 2; ++k) {
        int column = (least + 1 + k) % 3;
        double size = 0;
        for (int row = 0; row < 3; ++row) right[k][row] = v[row][column];
        for (int row = 0; row < 3; ++row) {
            left[k][row] = a[row][0] * right[k][0] + a[row][1] * right[k][1] + a[row][2] * right[k][2];
            size += left[k][row] * left[k][row];
        }
        for (int row = 0; row < 3; ++row) left[k][row] /= sqrt(size);
    }
    cross(right[2], right[0], right[1]);
    cross(left[2], left[0], left[1]);
    double trace = 0;
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column) {
            double sum = 0;
            for (int k = 0; k < 3; ++k) sum += left[k][row] * right[k][column];
            to[row][column] = sum;
            trace += sum * a[row][column];
        }
    return trace;
}

static void unproject(double (*to)[3], double (*screen)[3], int count, double depth, double scale) {
    for (int k = 0; k < count; ++k) {
        double away = (screen[k][2] - depth + NEAR) / scale;
        to[k][0] = screen[k][0] * away / NEAR;
        to[k][1] = screen[k][1] * away / NEAR;
        to[k][2] = -away;
    }
}

/* Writes (4, 4) and returns 1, or returns 0 where the landmarks tell no pose. */
int avatar_head_pose(const HeadFit *fit, const float *landmarks, double aspect, float *head) {
    const double height = 2 * NEAR * tan(VERTICAL_FOV_DEGREES * M_PI / 360);
    double screen[MOST_FITTED][3], target[MOST_FITTED][3], low[2] = {1e9, 1e9}, high[2] = {-1e9, -1e9};
    double depth = 0;
    for (int k = 0; k < fit->count; ++k) {
        const float *at = landmarks + 3 * fit->fitted[k];
        for (int axis = 0; axis < 2; ++axis) {
            if (at[axis] < low[axis]) low[axis] = at[axis];
            if (at[axis] > high[axis]) high[axis] = at[axis];
        }
        /* On the near plane, y up, z still growing away from the camera. */
        screen[k][0] = (at[0] - 0.5) * height * aspect;
        screen[k][1] = (0.5 - at[1]) * height;
        screen[k][2] = at[2] * height * aspect;
    }
    if (!(fmax(high[0] - low[0], high[1] - low[1]) >= LEAST_SPREAD)) return 0;
    for (int row = 0; row < fit->mesh_size; ++row) depth += landmarks[3 * row + 2];
    depth *= height * aspect / fit->mesh_size;
    Matrix a, rotation;
    for (int k = 0; k < fit->count; ++k) {
        target[k][0] = screen[k][0];
        target[k][1] = screen[k][1];
        target[k][2] = -screen[k][2];
    }
    double scale = 1;
    for (int pass = 0; pass < 2; ++pass) {
        covariance(a, fit, target);
        scale *= rotation_of(rotation, a) / fit->spread;
        unproject(target, screen, fit->count, depth, scale);
    }
    covariance(a, fit, target);
    scale = rotation_of(rotation, a) / fit->spread;
    for (int row = 0; row < 3; ++row) {
        double offset = 0;
        for (int k = 0; k < fit->count; ++k) offset += fit->shares[k] * target[k][row];
        for (int k = 0; k < 3; ++k) {
            offset -= scale * rotation[row][k] * fit->center[k];
            head[4 * row + k] = (float)rotation[row][k];
        }
        head[4 * row + 3] = (float)offset;
        head[12 + row] = 0;
    }
    head[15] = 1;
    for (int k = 0; k < 16; ++k)
        if (!isfinite(head[k])) return 0;
    return 1;
}
