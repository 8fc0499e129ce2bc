/* shaped.pcap, where the command asks for it. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_SHAPED_H
#define SHAPESIM_SIM_VERIFY_VERIFY_SHAPED_H

#include "sim/verify/verification.h"

void verify_shaped(struct verification *verification);

#endif
