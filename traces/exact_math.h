/*
 * Logarithm and exponential that give the same bits on every machine.
 *
 * The C library's log() and exp() may differ in the last bit from one machine to the next, and one
 * bit can change a packet's time. These use only +, -, * and /, which IEEE 754 rounds in one way,
 * and frexp() and ldexp(), which are exact. That holds where double arithmetic is neither widened
 * (checked when compiling) nor contracted (-ffp-contract=off). The result is within 1 unit in the
 * last place of the true value, or nearly so.
 */
#ifndef SHAPESIM_TRACES_EXACT_MATH_H
#define SHAPESIM_TRACES_EXACT_MATH_H

/* The natural logarithm of `x`, which is finite and above 0. */
double exact_log(double x);

/* e to the power `x`, which is from -700 to 700. */
double exact_exp(double x);

#endif
