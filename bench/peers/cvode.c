/*
 * The same trajectories by CVODE of SUNDIALS 6 or later: Adams with fixed-point iterations.
 *
 *   gcc -O3 -march=native -I PREFIX/include cvode.c -L PREFIX/lib -lsundials_cvode -lsundials_nvecserial \
 *       -lsundials_sunnonlinsolfixedpoint [-lsundials_core] -lm -o cvode
 *   ./cvode RTOL TIME POINTS
 *
 * Only with a library that was compiled with optimisation; several distributions ship one that was not.
 */
#include "common.h"
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sundials/sundials_config.h>
#include <sundials/sundials_types.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>

#define REAL double
#include "groups.h"

static int slope(sunrealtype t, N_Vector y, N_Vector dy, void *point)
{
    (void)t;
    right_hand_side(N_VGetArrayPointer(y), N_VGetArrayPointer(dy), point);
    return 0;
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
    double *final = malloc(count * DIM * sizeof *final);

    SUNContext context;
#if SUNDIALS_VERSION_MAJOR >= 7
    SUNContext_Create(SUN_COMM_NULL, &context);
#else
    SUNContext_Create(NULL, &context);
#endif
    long steps = 0, evaluations = 0;
    const double started = processor_seconds();
    for (long p = 0; p < count; p++) {
        N_Vector y = N_VMake_Serial(DIM, final + p * DIM, context);
        for (int c = 0; c < DIM; c++) final[p * DIM + c] = initial_value(c);
        void *solver = CVodeCreate(CV_ADAMS, context);
        SUNNonlinearSolver iteration = SUNNonlinSol_FixedPoint(y, 0, context);
        CVodeInit(solver, slope, 0, y);
        CVodeSStolerances(solver, rtol, rtol / 100);
        CVodeSetUserData(solver, points + p * PARAMETERS);
        CVodeSetNonlinearSolver(solver, iteration);
        CVodeSetMaxNumSteps(solver, 10000000);
        CVodeSetStopTime(solver, end);
        sunrealtype t;
        if (CVode(solver, end, y, &t, CV_NORMAL) < 0) return 3;
        long n;
        CVodeGetNumSteps(solver, &n);
        steps += n;
        CVodeGetNumRhsEvals(solver, &n);
        evaluations += n;
        CVodeFree(&solver);
        SUNNonlinSolFree(iteration);
        N_VDestroy(y);
    }
    const double seconds = processor_seconds() - started;

    printf("{\"version\":\"%s\",\"seconds\":%.9g,\"steps\":%ld,\"evaluations\":%ld,\"states\":[", SUNDIALS_VERSION,
           seconds, steps, evaluations);
    for (long i = 0; i < count * DIM; i++) printf("%s%.17g", i ? "," : "", final[i]);
    puts("]}");
    return 0;
}
