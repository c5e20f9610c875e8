/* sms_console.h - the driver for demo and trials: prints each SMS as the phone would show it, and
 * reads replies from a file descriptor, one a line: "<phone or person> <text>". A printed SMS
 * counts as delivered. */
#pragma once

#include "gateway/base/text.h"
#include "gateway/io/sms/sms_driver.h"

/* Inside the box, which fits into a terminal of 80 columns. */
enum { CONSOLE_COLUMNS = 44 };

extern const struct sms_driver sms_console_driver;

/* Draws the box of one message. A Chinese character takes two columns. */
void sms_console_draw(struct text *text, const struct effect_message *message);
