/* Names of groups. */
#ifndef SHAPESIM_SIM_CONFIG_GROUP_NAME_H
#define SHAPESIM_SIM_CONFIG_GROUP_NAME_H

#define GROUP_NAME_BYTES 33
#define GROUP_NAME_ALL   "all"
#define GROUP_NAME_NONE  "-" /* the name reported for flows without a group */

#endif
