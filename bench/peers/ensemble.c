/*
 * Brute-force yardstick: many trajectories of the groups' mean-field equations, LANES at a time in one vector, each
 * lane with a time, a step and an end of its own. A lane whose trajectory has ended takes the next point.
 *
 *   gcc -O3 -march=native -DLANES=4 -DMETHOD_DOP853 ensemble.c -o ensemble -lm
 *   ./ensemble RTOL TIME POINTS
 *
 * POINTS is a file with the parameters of one point a line. Absolute tolerance: RTOL/100. Prints one JSON document:
 * processor seconds of the integration, counted work (of all points and of each), and final states.
 *
 * With -DOBSERVE each state has seven more components: averages over the last half of the time, integrated along with
 * the equations, of the rotation rates of both groups, their amplitudes |<S+>|, |<S+>_A + <S+>_B|/2, and the squares
 * of the amplitudes. The weight u^7 (1-u)^7, u from 0 to 1, lets oscillations average out faster than any sixth power.
 */
#include "common.h"
#include <math.h>
#include <string.h>
#if defined __SSE2__
#include <immintrin.h>
#endif

#ifndef LANES
#define LANES 4
#endif

typedef double lanes __attribute__((vector_size(8 * LANES)));
typedef long lane_mask __attribute__((vector_size(8 * LANES)));
typedef float lane_floats __attribute__((vector_size(4 * LANES)));
typedef int lane_ints __attribute__((vector_size(4 * LANES)));

#define REAL lanes
#include "groups.h"
#include "tableaus.h"

#define INLINE static inline __attribute__((always_inline))

#ifdef OBSERVE
#define OBSERVED 7
#else
#define OBSERVED 0
#endif
#define SIZE (DIM + OBSERVED)

INLINE lanes choose(lane_mask where, lanes yes, lanes no)
{
    return (lanes)((where & (lane_mask)yes) | (~where & (lane_mask)no));
}

INLINE lanes least(lanes a, lanes b) { return choose(a < b, a, b); }
INLINE lanes most(lanes a, lanes b) { return choose(a > b, a, b); }
INLINE lanes magnitude(lanes a) { return most(a, -a); }

/*
 * x to a power, within a few per cent: the bits of a float are its logarithm in steps of 2^-23. A step controller
 * asks for no more.
 */
INLINE lanes rough_power(lanes x, double exponent)
{
    const float one = 127 << 23;
    lane_floats logarithm = __builtin_convertvector((lane_ints)__builtin_convertvector(x, lane_floats), lane_floats);
    lane_floats scaled = (logarithm - one) * (float)exponent + one;
    return __builtin_convertvector((lane_floats)__builtin_convertvector(scaled, lane_ints), lanes);
}

/* sum of weights[j] k[j][c]; weights are constants, so that zeros cost nothing once unrolled. */
#define COMBINE(weights, count)                                                   \
    ({                                                                            \
        lanes sum = weights[0] * k[0][c];                                         \
        _Pragma("GCC unroll 16") for (int j = 1; j < (count); j++)                \
            if (weights[j] != 0) sum += weights[j] * k[j][c];                     \
        sum;                                                                      \
    })

/* Components of the state and slopes of one step attempt. */
struct batch {
    lanes y[SIZE], next[SIZE], stage[SIZE], k[STAGES + 1][SIZE], point[PARAMETERS];
};

#ifdef OBSERVE
INLINE lanes square_root(lanes a)
{
    lanes root = a;
    for (int l = 0; l < LANES; l++) root[l] = __builtin_sqrt(a[l]);
    return root;
}

/* Slopes of the averages at times t, given the slopes of the states. */
INLINE void observe(const lanes *y, lanes *dy, lanes t, double end)
{
    const lanes zero = t * 0, u = 2.0 * t / end - 1.0;
    const lanes bump = most(u * (1.0 - u), zero), square = bump * bump;
    /* 15!/(7!)^2 makes the integral of u^7 (1-u)^7 one. */
    const lanes weight = 51480.0 * 2.0 / end * square * square * square * bump;
    lanes sum_re = zero, sum_im = zero;
    for (int g = 0; g < 2; g++) {
        /* <S+> = sqrt(2) (rho01 + rho12) */
        const lanes *x = y + 8 * g, *dx = dy + 8 * g;
        const lanes re = x[2] + x[4], im = x[3] + x[5], square = re * re + im * im;
        const lanes turn = re * (dx[3] + dx[5]) - im * (dx[2] + dx[4]);
        dy[DIM + g] = weight * turn / most(square, zero + 1e-250);
        dy[DIM + 2 + g] = weight * square_root(2.0 * square);
        dy[DIM + 5 + g] = weight * 2.0 * square;
        sum_re += re;
        sum_im += im;
    }
    dy[DIM + 4] = weight * square_root(0.5 * (sum_re * sum_re + sum_im * sum_im));
}
#define OBSERVE_AT(y, dy, t) observe(y, dy, t, end)
#else
#define OBSERVE_AT(y, dy, t) ((void)(t), (void)end)
#endif

/* Time of a stage within its step: the sum of its weights. */
#define NODE(s)                                                                        \
    ({                                                                                 \
        double node = 0;                                                               \
        _Pragma("GCC unroll 16") for (int j = 0; j < (s); j++) node += weight[s][j];   \
        node;                                                                          \
    })

/* One attempt of a step h from b->y with slope b->k[0]; fills b->next and its slope; returns the scaled error squared. */
static __attribute__((noinline)) lanes attempt(struct batch *restrict b, lanes t, lanes h, double end, double rtol,
                                               double atol)
{
    lanes(*restrict k)[SIZE] = b->k;
#pragma GCC unroll 16
    for (int s = 1; s < STAGES; s++) {
#pragma GCC unroll 1
        for (int c = 0; c < SIZE; c++) b->stage[c] = b->y[c] + h * COMBINE(weight[s], s);
        right_hand_side(b->stage, k[s], b->point);
        OBSERVE_AT(b->stage, k[s], t + NODE(s) * h);
    }
#pragma GCC unroll 1
    for (int c = 0; c < SIZE; c++) b->next[c] = b->y[c] + h * COMBINE(advance, STAGES);
    right_hand_side(b->next, k[STAGES], b->point);
    OBSERVE_AT(b->next, k[STAGES], t + h);

    lanes error = {0}, second = {0};
#pragma GCC unroll 1
    for (int c = 0; c < SIZE; c++) {
        lanes inverse = 1.0 / (atol + rtol * most(magnitude(b->y[c]), magnitude(b->next[c])));
        lanes e = COMBINE(estimate, STAGES + 1) * inverse;
        error += e * e;
#ifdef SECOND_ESTIMATE
        lanes e2 = COMBINE(second_estimate, STAGES + 1) * inverse;
        second += e2 * e2;
#endif
    }
#ifdef SECOND_ESTIMATE
    /* |h| err5^2 / sqrt((err5^2 + err3^2/100) n), squared */
    lanes both = error + 0.01 * second;
    return h * h * error * error / (most(both, both * 0 + 1e-300) * SIZE);
#else
    (void)second;
    return h * h * error / SIZE;
#endif
}

struct work {
    long steps, rejected;
};

static struct work integrate(long count, const double *points, double end, double rtol, double *final, long *each)
{
    struct batch b;
    memset(&b, 0, sizeof b);
    const double atol = rtol / 100;
    struct work work = {0, 0};
    long next_point = 0, at[LANES];
    lanes t = {0}, h = {0};
    lane_mask just_rejected = {0};
    int active = 0;
    for (int l = 0; l < LANES; l++) at[l] = -1;

    for (;;) {
        /* Store what has ended, take what is next. */
        int renewed = 0;
        for (int l = 0; l < LANES; l++) {
            if (at[l] >= 0 && t[l] < end) continue;
            if (at[l] >= 0) {
                for (int c = 0; c < SIZE; c++) final[at[l] * SIZE + c] = b.y[c][l];
                active--;
                at[l] = -1;
                h[l] = 0;
            }
            if (next_point >= count) continue;
            at[l] = next_point++;
            each[at[l]] = 1;
            active++;
            renewed = 1;
            t[l] = 0;
            h[l] = 1e-3;
            just_rejected[l] = 0;
            for (int c = 0; c < SIZE; c++) b.y[c][l] = c < DIM ? initial_value(c) : 0;
            for (int q = 0; q < PARAMETERS; q++) b.point[q][l] = points[at[l] * PARAMETERS + q];
        }
        if (active == 0) return work;
        if (renewed) {
            right_hand_side(b.y, b.k[0], b.point);
            OBSERVE_AT(b.y, b.k[0], t);
        }

        do {
            lanes rest = end - t;
            lane_mask last = 1.01 * h >= rest;
            h = choose(last, rest, h);
            lanes error = attempt(&b, t, h, end, rtol, atol);
            lane_mask good = error <= 1.0;
            for (int c = 0; c < SIZE; c++) {
                b.y[c] = choose(good, b.next[c], b.y[c]);
                b.k[0][c] = choose(good, b.k[STAGES][c], b.k[0][c]);
            }
            t = choose(good, choose(last, t * 0 + end, t + h), t);
            /* 0.9 (error^2)^(-1/(2 order)), within a factor of five; no growth right after a rejection */
            lanes growth = 0.9 * rough_power(most(error, error * 0 + 1e-20), -0.5 / ORDER);
            growth = least(most(growth, growth * 0 + 0.2), growth * 0 + 5.0);
            growth = choose(just_rejected, least(growth, growth * 0 + 1.0), growth);
            /* A state that overflowed compares false everywhere and would keep its step. */
            growth = choose(error < 1e300, growth, growth * 0 + 0.1);
            just_rejected = ~good;
            h *= growth;
            int accepted = 0, running = 0;
            for (int l = 0; l < LANES; l++) {
                if (at[l] < 0) continue;
                each[at[l]] += STAGES;
                accepted += good[l] != 0;
                running += t[l] < end;
                if (!(h[l] > 1e-14 * end) && t[l] < end) {
                    fprintf(stderr, "step underflow at point %ld, t = %g\n", at[l], t[l]);
                    exit(3);
                }
            }
            work.steps += accepted;
            work.rejected += active - accepted;
            if (running < active) break;
        } while (1);
    }
}

/* Flops of an accepted or rejected step, right-hand sides and linear algebra. */
static long step_flops(void)
{
    long products = 0;
    for (int s = 1; s < STAGES; s++)
        for (int j = 0; j < s; j++) products += weight[s][j] != 0;
    for (int j = 0; j < STAGES; j++) products += advance[j] != 0;
    for (int j = 0; j <= STAGES; j++) products += estimate[j] != 0;
#ifdef SECOND_ESTIMATE
    for (int j = 0; j <= STAGES; j++) products += second_estimate[j] != 0;
#endif
    return (long)STAGES * RHS_FLOPS + 2 * products * DIM + 2L * STAGES * DIM;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s RTOL TIME POINTS\n", argv[0]);
        return 2;
    }
    const double rtol = atof(argv[1]), end = atof(argv[2]);
    long values;
    double *points = read_numbers(argv[3], &values);
    const long count = values / PARAMETERS;
    double *final = malloc(count * SIZE * sizeof *final);
    long *each = calloc(count, sizeof *each);
#if defined __SSE2__
    /* Decayed coherences would become denormal numbers, which are slow. */
    _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
    const double started = processor_seconds();
    const struct work work = integrate(count, points, end, rtol, final, each);
    const double seconds = processor_seconds() - started;

    long evaluations = 0;
    for (long i = 0; i < count; i++) evaluations += each[i];
    printf("{\"seconds\":%.9g,\"steps\":%ld,\"rejected\":%ld,\"evaluations\":%ld,\"flops\":%.17g,\"evaluations_each\":[",
           seconds, work.steps, work.rejected, evaluations, (double)(work.steps + work.rejected) * step_flops());
    for (long i = 0; i < count; i++) printf("%s%ld", i ? "," : "", each[i]);
    printf("],\"states\":[");
    for (long i = 0; i < count * SIZE; i++) printf("%s%.17g", i ? "," : "", final[i]);
    puts("]}");
    return 0;
}
