/*
 * Mean-field equations of one or two groups of spin-1 oscillators, reduced by hand.
 *
 * Nadolny & Bruder, "Macroscopic quantum synchronization effects", Eq. (2), in the eight real coordinates
 * [rho00, rho22, Re rho01, Im rho01, Re rho12, Im rho12, Re rho02, Im rho02] of each group; rho11 = 1 - rho00 - rho22.
 *
 * `REAL` is double, or a vector of doubles that holds the same number of several trajectories.
 */
#ifndef GROUPS_H
#define GROUPS_H

#ifndef GROUPS
#define GROUPS 2
#endif
#define DIM (8 * GROUPS)

#if GROUPS == 2
/* Fig. 4: V = V_AB = gamma_- = 2 gamma_+ = 1; a point is (delta, K). */
#define PARAMETERS 2
#else
/* Fig. 2: a point is (V, gamma_+, gamma_-, K, coefficient of S^z). */
#define PARAMETERS 5
#endif

/* Additions and multiplications of one right-hand side of a trajectory. */
#define RHS_FLOPS (GROUPS == 2 ? 136 : 66)

/* One group in the drive h = 2V(rho01 + rho12) + ... of all groups it feels; levels w1 = E1 - E0, w2 = E2 - E1. */
#define GROUP_RHS(y, dy, hr, hi, w1, w2, gain, loss)                                        \
    do {                                                                                    \
        REAL p0 = (y)[0], p2 = (y)[1], ar = (y)[2], ai = (y)[3], br = (y)[4], bi = (y)[5];  \
        REAL cr = (y)[6], ci = (y)[7];                                                      \
        REAL lower = 1.0 - 2.0 * p0 - p2, upper = 1.0 - p0 - 2.0 * p2;                      \
        REAL hcr = hr * cr + hi * ci, hci = hr * ci - hi * cr;                              \
        REAL dr = br - ar, di = bi - ai;                                                    \
        (dy)[0] = 2.0 * (hi * ar - hr * ai) - (gain) * p0;                                  \
        (dy)[1] = 2.0 * (hr * bi - hi * br) - (loss) * p2;                                  \
        (dy)[2] = hi * lower - hci - (w1) * ai - 0.5 * (gain) * ar;                         \
        (dy)[3] = hcr - hr * lower + (w1) * ar - 0.5 * (gain) * ai;                         \
        (dy)[4] = hci - hi * upper - (w2) * bi - 0.5 * (loss) * br;                         \
        (dy)[5] = hr * upper - hcr + (w2) * br - 0.5 * (loss) * bi;                         \
        (dy)[6] = hr * di + hi * dr - ((w1) + (w2)) * ci - 0.5 * ((gain) + (loss)) * cr;    \
        (dy)[7] = hi * di - hr * dr + ((w1) + (w2)) * cr - 0.5 * ((gain) + (loss)) * ci;    \
    } while (0)

#if GROUPS == 2
static inline void right_hand_side(const REAL *y, REAL *dy, const REAL *point)
{
    /* Both groups feel the same field when V = V_AB. */
    REAL hr = 2.0 * (y[2] + y[4] + y[10] + y[12]);
    REAL hi = 2.0 * (y[3] + y[5] + y[11] + y[13]);
    REAL half = 0.5 * point[0];
    REAL above = half + point[1], below = point[1] - half, minus = -half;
    GROUP_RHS(y, dy, hr, hi, half, above, 0.5, 1.0);
    GROUP_RHS(y + 8, dy + 8, hr, hi, minus, below, 0.5, 1.0);
}
#else
static inline void right_hand_side(const REAL *y, REAL *dy, const REAL *point)
{
    REAL hr = 2.0 * point[0] * (y[2] + y[4]);
    REAL hi = 2.0 * point[0] * (y[3] + y[5]);
    REAL upper_level = point[4] + point[3];
    GROUP_RHS(y, dy, hr, hi, point[4], upper_level, point[1], point[2]);
}
#endif

/* Group A: I/3 + (|1><2| + h.c.)/10; group B: I/3. */
static inline double initial_value(int component)
{
    if (component % 8 < 2) return 1.0 / 3.0;
    return component == 4 ? 0.1 : 0.0;
}

#endif
