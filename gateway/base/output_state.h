/* output_state.h - the state of a siren or beacon at its device. UNKNOWN: it was not read yet, or
 * the device is lost. */
#pragma once

enum output_state { OUTPUT_UNKNOWN, OUTPUT_OFF, OUTPUT_ON, OUTPUT_FAILED };
