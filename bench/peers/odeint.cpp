/*
 * The same trajectories by Boost.odeint, one at a time, with the controlled steppers of its manual.
 *
 *   g++ -O3 -march=native -DNDEBUG -std=c++17 odeint.cpp -o odeint
 *   ./odeint fehlberg78|dopri5 RTOL TIME POINTS
 */
#include "common.h"
#include <array>
#include <boost/numeric/odeint.hpp>
#include <boost/version.hpp>
#include <string>
#include <vector>

#define REAL double
#include "groups.h"

using State = std::array<double, DIM>;
namespace odeint = boost::numeric::odeint;

static long evaluations = 0;

struct Groups {
    std::array<double, PARAMETERS> point;
    void operator()(const State &y, State &dy, double) const
    {
        evaluations++;
        right_hand_side(y.data(), dy.data(), point.data());
    }
};

template <class Stepper>
static long integrate(const std::vector<double> &points, double rtol, double end, std::vector<State> &states)
{
    long steps = 0;
    for (std::size_t p = 0; p + PARAMETERS <= points.size(); p += PARAMETERS) {
        Groups groups;
        for (int q = 0; q < PARAMETERS; q++) groups.point[q] = points[p + q];
        State y;
        for (int c = 0; c < DIM; c++) y[c] = initial_value(c);
        steps += odeint::integrate_adaptive(odeint::make_controlled<Stepper>(rtol / 100, rtol), groups, y, 0.0, end, 1e-3);
        states.push_back(y);
    }
    return steps;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        std::fprintf(stderr, "usage: %s fehlberg78|dopri5 RTOL TIME POINTS\n", argv[0]);
        return 2;
    }
    const std::string method = argv[1];
    const double rtol = std::stod(argv[2]), end = std::stod(argv[3]);
    long values;
    const double *numbers = read_numbers(argv[4], &values);
    const std::vector<double> points(numbers, numbers + values);
    std::vector<State> states;
    states.reserve(points.size() / PARAMETERS);
    const double started = processor_seconds();
    const long steps = method == "fehlberg78"
                           ? integrate<odeint::runge_kutta_fehlberg78<State>>(points, rtol, end, states)
                           : integrate<odeint::runge_kutta_dopri5<State>>(points, rtol, end, states);
    const double seconds = processor_seconds() - started;

    std::printf("{\"version\":\"%d.%d\",\"seconds\":%.9g,\"steps\":%ld,\"evaluations\":%ld,\"states\":[",
                BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, seconds, steps, evaluations);
    const char *separator = "";
    for (const State &state : states)
        for (double value : state) {
            std::printf("%s%.17g", separator, value);
            separator = ",";
        }
    std::puts("]}");
}
