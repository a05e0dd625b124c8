/*
 * Collective truncated-Wigner ensemble of one group: eight collective coordinates, mean-field drift and noise of
 * covariance 2D(X) dt/N, four trajectories in a vector.
 *
 *   gcc -O3 -march=native wigner.c -o wigner -lmvec -lm
 *   ./wigner TRAJECTORIES N SEED END SAMPLES STEPS V GAIN LOSS K DETUNING START
 *
 * SAMPLES times up to END, STEPS steps between two of them; each is half a drift, a kick, half a drift (Strang),
 * drifts by one classical Runge-Kutta step. START holds the mean (8 numbers) and N times the covariance (8 x 8) of the
 * initial coordinates. Prints sums of rho01 + rho12 over sixteenths of the ensemble, from which come mean and error.
 */
#include "common.h"
#include <math.h>
#include <stdint.h>

#define LANES 4
#define N 8
typedef double lanes __attribute__((vector_size(32)));
typedef long lane_mask __attribute__((vector_size(32)));
typedef uint64_t lane_bits __attribute__((vector_size(32)));

#define REAL lanes
#define GROUPS 1
#include "groups.h"

/* Vector functions of the GNU C library, for AVX2. */
lanes _ZGVdN4v_log(lanes);
lanes _ZGVdN4v_sin(lanes);
lanes _ZGVdN4v_cos(lanes);

static inline lanes choose(lane_mask where, lanes yes, lanes no)
{
    return (lanes)((where & (lane_mask)yes) | (~where & (lane_mask)no));
}

static inline lanes square_root(lanes a)
{
    lanes root = a;
    for (int l = 0; l < LANES; l++) root[l] = __builtin_sqrt(a[l]);
    return root;
}

/* xoshiro256+ (Blackman & Vigna), a stream a lane; seeded by splitmix64. */
struct stream {
    lane_bits s[4];
};

static struct stream seeded(uint64_t seed)
{
    struct stream stream;
    for (int k = 0; k < 4; k++)
        for (int l = 0; l < LANES; l++) {
            uint64_t z = seed += 0x9e3779b97f4a7c15u;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            stream.s[k][l] = z ^ (z >> 31);
        }
    return stream;
}

static inline lanes uniform(struct stream *stream)
{
    lane_bits *s = stream->s, sum = s[0] + s[3], moved = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= moved;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    /* 52 bits below the exponent of one */
    return (lanes)((sum >> 12) | 0x3ff0000000000000u) - 1.0;
}

/* Box-Muller */
static inline void normals(struct stream *stream, lanes *z)
{
    for (int k = 0; k < N; k += 2) {
        const lanes radius = square_root(-2.0 * _ZGVdN4v_log(1.0 - uniform(stream)));
        const lanes angle = 2 * M_PI * uniform(stream);
        z[k] = radius * _ZGVdN4v_cos(angle);
        z[k + 1] = radius * _ZGVdN4v_sin(angle);
    }
}

/* y += scale L z with L L^T = m; directions without variance get none. Counts lanes with a negative pivot. */
static inline long kick(lanes *y, lanes (*m)[N], const lanes *z, double scale)
{
    lane_mask clipped = {0};
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
        lanes pivot = m[j][j];
        const lanes none = pivot * 0;
        clipped |= pivot < none - 1e-12;
        const lane_mask positive = pivot > none + 1e-14;
        const lanes width = square_root(choose(positive, pivot, none));
        const lanes inverse = choose(positive, 1.0 / width, none);
        y[j] += scale * width * z[j];
#pragma GCC unroll 8
        for (int i = j + 1; i < N; i++) {
            const lanes factor = m[i][j] * inverse;
            y[i] += scale * factor * z[j];
#pragma GCC unroll 8
            for (int k = j + 1; k <= i; k++) m[i][k] -= factor * m[k][j] * inverse;
        }
    }
    long count = 0;
    for (int l = 0; l < LANES; l++) count += clipped[l] != 0;
    return count;
}

/* Lower triangle of 2D(x) for the jumps |1><0| and |1><2|: sum of rate Re<[x_a, o]^+ [x_b, o]>. */
static inline void diffusion(const lanes *x, const lanes *point, lanes (*m)[N])
{
    const lanes gain = point[1], loss = point[2], none = gain * 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) m[i][j] = none;
    m[0][0] = gain * x[0];
    m[1][1] = loss * x[1];
    for (int part = 0; part < 2; part++) {
        m[2 + part][0] = 0.5 * gain * x[2 + part];
        m[2 + part][2 + part] = 0.25 * (gain * (1.0 - x[1]) + loss * x[1]);
        m[4 + part][1] = 0.5 * loss * x[4 + part];
        m[4 + part][4 + part] = 0.25 * (loss * (1.0 - x[0]) + gain * x[0]);
        m[6 + part][0] = 0.5 * gain * x[6 + part];
        m[6 + part][1] = 0.5 * loss * x[6 + part];
        m[6 + part][6 + part] = 0.25 * (gain * x[1] + loss * x[0]);
    }
    m[6][2] = 0.25 * gain * x[4];
    m[6][3] = -0.25 * gain * x[5];
    m[6][4] = 0.25 * loss * x[2];
    m[6][5] = -0.25 * loss * x[3];
    m[7][2] = 0.25 * gain * x[5];
    m[7][3] = 0.25 * gain * x[4];
    m[7][4] = 0.25 * loss * x[3];
    m[7][5] = 0.25 * loss * x[2];
}

static inline void drift(lanes *y, double h, const lanes *point)
{
    lanes k[4][N], stage[N];
    right_hand_side(y, k[0], point);
    for (int c = 0; c < N; c++) stage[c] = y[c] + 0.5 * h * k[0][c];
    right_hand_side(stage, k[1], point);
    for (int c = 0; c < N; c++) stage[c] = y[c] + 0.5 * h * k[1][c];
    right_hand_side(stage, k[2], point);
    for (int c = 0; c < N; c++) stage[c] = y[c] + h * k[2][c];
    right_hand_side(stage, k[3], point);
    for (int c = 0; c < N; c++) y[c] += h / 6 * (k[0][c] + 2.0 * (k[1][c] + k[2][c]) + k[3][c]);
}

enum { parts = 16 };

int main(int argc, char **argv)
{
    if (argc != 13) {
        fprintf(stderr, "usage: %s TRAJECTORIES N SEED END SAMPLES STEPS V GAIN LOSS K DETUNING START\n", argv[0]);
        return 2;
    }
    const long blocks = atol(argv[1]) / LANES, size = atol(argv[2]), samples = atol(argv[5]), steps = atol(argv[6]);
    const uint64_t seed = strtoull(argv[3], NULL, 10);
    const double h = atof(argv[4]) / (samples * steps);
    lanes point[PARAMETERS];
    for (int q = 0; q < PARAMETERS; q++)
        for (int l = 0; l < LANES; l++) point[q][l] = atof(argv[7 + q]);
    long numbers;
    const double *start = read_numbers(argv[12], &numbers);
    if (numbers != N + N * N) return 2;
    double(*sums)[parts][2] = calloc(samples, sizeof *sums);
    long clipped = 0;

    const double started = processor_seconds();
    for (long block = 0; block < blocks; block++) {
        struct stream stream = seeded(seed * 0x100000001b3u + block);
        lanes y[N], m[N][N], z[N];
        for (int c = 0; c < N; c++) {
            for (int l = 0; l < LANES; l++) y[c][l] = start[c];
            for (int d = 0; d < N; d++)
                for (int l = 0; l < LANES; l++) m[c][d][l] = start[N + c * N + d];
        }
        normals(&stream, z);
        kick(y, m, z, 1 / sqrt(size));
        for (long sample = 0; sample < samples; sample++) {
            for (long step = 0; step < steps; step++) {
                drift(y, h / 2, point);
                diffusion(y, point, m);
                normals(&stream, z);
                clipped += kick(y, m, z, sqrt(h / size));
                drift(y, h / 2, point);
            }
            double *sum = sums[sample][block % parts];
            for (int l = 0; l < LANES; l++) {
                sum[0] += y[2][l] + y[4][l];
                sum[1] += y[3][l] + y[5][l];
            }
        }
    }
    const double seconds = processor_seconds() - started;

    printf("{\"seconds\":%.9g,\"trajectories\":%ld,\"steps\":%ld,\"clipped\":%ld,\"sums\":[", seconds, blocks * LANES,
           blocks * LANES * samples * steps, clipped);
    for (long k = 0; k < samples * parts; k++)
        printf("%s[%.17g,%.17g]", k ? "," : "", sums[k / parts][k % parts][0], sums[k / parts][k % parts][1]);
    puts("]}");
    return 0;
}
