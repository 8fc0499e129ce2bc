#include "traces/exact_math.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stddef.h>

_Static_assert(FLT_RADIX == 2 && DBL_MANT_DIG == 53, "needs IEEE 754 doubles");
_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1,
               "needs double arithmetic that is rounded to double (on 32-bit x86: -mfpmath=sse)");

/* ln 2 in two parts; the first has so few digits that its product with an exponent is exact. */
static const double LN2_HIGH = 0x1.62e42feep-1;
static const double LN2_LOW = 0x1.a39ef35793c76p-33;

#define SQRT_HALF 0x1.6a09e667f3bcdp-1

/*
 * x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2). With s = f / (2 + f),
 * log(1 + f) = 2 atanh(s) = 2s + s r, r = 2 (s^2/3 + s^4/5 + ...), and as 2s = f - s f this is
 * f - s (f - r): f is exact, so only the small second term carries rounding errors.
 */
double exact_log(double x)
{
    static const double coefficients[] = {2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17,
                                          2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9,
                                          2.0 / 7,  2.0 / 5,  2.0 / 3};
    int exponent;
    double f = frexp(x, &exponent);

    assert(x > 0 && x <= DBL_MAX);
    if (f < SQRT_HALF) {
        f *= 2;
        exponent--;
    }
    f -= 1;

    double s = f / (2 + f);
    double s2 = s * s;
    double r = 0;
    for (size_t i = 0; i < sizeof(coefficients) / sizeof(coefficients[0]); i++)
        r = (r + coefficients[i]) * s2;
    return exponent * LN2_HIGH - ((s * (f - r) - exponent * LN2_LOW) - f);
}

/* x = k ln 2 + r with |r| at most ln(2) / 2; the series of e^r stops where its terms vanish. */
double exact_exp(double x)
{
    static const double inverse_ln2 = 0x1.71547652b82fep+0;

    assert(x >= -700 && x <= 700);
    int k = (int)(x * inverse_ln2 + (x < 0 ? -0.5 : 0.5));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double tail = 0; /* e^r = 1 + r + r^2/2 (1 + tail), tail = r/3 (1 + r/4 (1 + ... r/14)) */
    for (int n = 14; n >= 3; n--)
        tail = (1 + tail) * r / n;
    return ldexp(1 + (r + r * r / 2 * (1 + tail)), k);
}
