#include "tests/sim/verify/two_flows.h"

#include "tests/sim/verify/changed_run.h"

void two_flows_expect(const struct two_flows_case *cases, size_t count)
{
    changed_run_read(TWO_FLOWS_DIRECTORY);
    changed_run_expect(cases, count);
}
