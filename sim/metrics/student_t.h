/*
 * Student's t, for intervals around a mean of few values.
 *
 * With theta = atan(t / sqrt(nu)), the probability that |T| <= t for nu degrees of freedom is a
 * finite sum in sin(theta) and cos(theta) (Abramowitz, Stegun 1964, 26.7.3 and 26.7.4).
 *
 * Example: for 2 degrees it is t / sqrt(2 + t^2), so that 97.5 % are below 4.302652729911.
 */
#ifndef SHAPESIM_SIM_METRICS_STUDENT_T_H
#define SHAPESIM_SIM_METRICS_STUDENT_T_H

/* The probability that |T| <= t, t >= 0, for `degrees` >= 1. */
double student_t_within(double t, unsigned degrees);

/* The value that T does not exceed with probability p, 0.5 < p < 1. The last result is kept: a call
 * with the same arguments returns it. */
double student_t_quantile(double p, unsigned degrees);

#endif
