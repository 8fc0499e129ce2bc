#include "sim/metrics/student_t.h"

#include <math.h>

/* 1 + a cos^2 + a b cos^4 + ...: a is first/(first+1); both numbers grow by 2 each time, up to the
 * power degrees - 2 or - 3. */
static double cosine_sum(double cos2, unsigned first, unsigned degrees)
{
    double term = 1, sum = 1;

    for (unsigned k = first; k + 3 <= degrees; k += 2) {
        term *= cos2 * (double)k / (double)(k + 1);
        sum += term;
    }
    return sum;
}

double student_t_within(double t, unsigned degrees)
{
    double nu = (double)degrees;
    double sine = t / sqrt(nu + t * t), cos2 = nu / (nu + t * t);

    if (degrees % 2 == 0)
        return sine * cosine_sum(cos2, 1, degrees);
    double angle = atan(t / sqrt(nu));
    if (degrees > 1)
        angle += sine * sqrt(cos2) * cosine_sum(cos2, 2, degrees);
    return 2 / M_PI * angle;
}

static double find_quantile(double within, unsigned degrees)
{
    double low = 0, high = 1;

    while (student_t_within(high, degrees) < within)
        high *= 2;
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) /* neighbours: no double is between */
            return high;
        if (student_t_within(middle, degrees) < within)
            low = middle;
        else
            high = middle;
    }
}

double student_t_quantile(double p, unsigned degrees)
{
    static double last_p, last_quantile;
    static unsigned last_degrees;

    if (p != last_p || degrees != last_degrees) {
        last_quantile = find_quantile(2 * p - 1, degrees);
        last_p = p;
        last_degrees = degrees;
    }
    return last_quantile;
}
