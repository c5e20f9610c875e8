#include "sensors/modbus/frame.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/modbus/frame_parts.h"

/* The polynomial 0xA001 (0x8005 reflected), one entry for each byte. */
static const uint16_t crc_table[256] = {
    0x0000, 0xC0C1, 0xC181, 0x0140, 0xC301, 0x03C0, 0x0280, 0xC241, 0xC601, 0x06C0, 0x0780, 0xC741,
    0x0500, 0xC5C1, 0xC481, 0x0440, 0xCC01, 0x0CC0, 0x0D80, 0xCD41, 0x0F00, 0xCFC1, 0xCE81, 0x0E40,
    0x0A00, 0xCAC1, 0xCB81, 0x0B40, 0xC901, 0x09C0, 0x0880, 0xC841, 0xD801, 0x18C0, 0x1980, 0xD941,
    0x1B00, 0xDBC1, 0xDA81, 0x1A40, 0x1E00, 0xDEC1, 0xDF81, 0x1F40, 0xDD01, 0x1DC0, 0x1C80, 0xDC41,
    0x1400, 0xD4C1, 0xD581, 0x1540, 0xD701, 0x17C0, 0x1680, 0xD641, 0xD201, 0x12C0, 0x1380, 0xD341,
    0x1100, 0xD1C1, 0xD081, 0x1040, 0xF001, 0x30C0, 0x3180, 0xF141, 0x3300, 0xF3C1, 0xF281, 0x3240,
    0x3600, 0xF6C1, 0xF781, 0x3740, 0xF501, 0x35C0, 0x3480, 0xF441, 0x3C00, 0xFCC1, 0xFD81, 0x3D40,
    0xFF01, 0x3FC0, 0x3E80, 0xFE41, 0xFA01, 0x3AC0, 0x3B80, 0xFB41, 0x3900, 0xF9C1, 0xF881, 0x3840,
    0x2800, 0xE8C1, 0xE981, 0x2940, 0xEB01, 0x2BC0, 0x2A80, 0xEA41, 0xEE01, 0x2EC0, 0x2F80, 0xEF41,
    0x2D00, 0xEDC1, 0xEC81, 0x2C40, 0xE401, 0x24C0, 0x2580, 0xE541, 0x2700, 0xE7C1, 0xE681, 0x2640,
    0x2200, 0xE2C1, 0xE381, 0x2340, 0xE101, 0x21C0, 0x2080, 0xE041, 0xA001, 0x60C0, 0x6180, 0xA141,
    0x6300, 0xA3C1, 0xA281, 0x6240, 0x6600, 0xA6C1, 0xA781, 0x6740, 0xA501, 0x65C0, 0x6480, 0xA441,
    0x6C00, 0xACC1, 0xAD81, 0x6D40, 0xAF01, 0x6FC0, 0x6E80, 0xAE41, 0xAA01, 0x6AC0, 0x6B80, 0xAB41,
    0x6900, 0xA9C1, 0xA881, 0x6840, 0x7800, 0xB8C1, 0xB981, 0x7940, 0xBB01, 0x7BC0, 0x7A80, 0xBA41,
    0xBE01, 0x7EC0, 0x7F80, 0xBF41, 0x7D00, 0xBDC1, 0xBC81, 0x7C40, 0xB401, 0x74C0, 0x7580, 0xB541,
    0x7700, 0xB7C1, 0xB681, 0x7640, 0x7200, 0xB2C1, 0xB381, 0x7340, 0xB101, 0x71C0, 0x7080, 0xB041,
    0x5000, 0x90C1, 0x9181, 0x5140, 0x9301, 0x53C0, 0x5280, 0x9241, 0x9601, 0x56C0, 0x5780, 0x9741,
    0x5500, 0x95C1, 0x9481, 0x5440, 0x9C01, 0x5CC0, 0x5D80, 0x9D41, 0x5F00, 0x9FC1, 0x9E81, 0x5E40,
    0x5A00, 0x9AC1, 0x9B81, 0x5B40, 0x9901, 0x59C0, 0x5880, 0x9841, 0x8801, 0x48C0, 0x4980, 0x8941,
    0x4B00, 0x8BC1, 0x8A81, 0x4A40, 0x4E00, 0x8EC1, 0x8F81, 0x4F40, 0x8D01, 0x4DC0, 0x4C80, 0x8C41,
    0x4400, 0x84C1, 0x8581, 0x4540, 0x8701, 0x47C0, 0x4680, 0x8641, 0x8201, 0x42C0, 0x4380, 0x8341,
    0x4100, 0x81C1, 0x8081, 0x4040,
};

uint16_t frame_crc(const uint8_t *bytes, size_t length)
{
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < length; i++) {
        crc = (uint16_t) (crc >> 8U) ^ crc_table[(crc ^ bytes[i]) & 0xFFU];
    }
    return crc;
}

static bool is_bit_function(uint8_t function)
{
    return function == 1 || function == 2;
}

bool frame_is_write(const struct frame_request *request)
{
    return request->function == 5 || request->function == 6 || request->function == 15 ||
           request->function == 16;
}

bool frame_is_request(const struct frame_request *request)
{
    if (frame_is_write(request)) {
        return request->unit != 0 && request->count == 1 &&
               (request->function != 15 || request->value <= 1);
    }
    if (request->function < 1 || request->function > 4 || request->count < 1) {
        return false;
    }
    int32_t count_max = is_bit_function(request->function) ? 2000 : 125;
    return request->count <= count_max && request->address + request->count <= 0x10000;
}

static size_t add_framing_length(size_t body, enum framing framing)
{
    return framing == FRAMING_RTU ? body + FRAME_RTU_CRC : FRAME_MBAP_HEADER + body;
}

size_t frame_reply_length(const struct frame_request *request, enum framing framing)
{
    size_t body = frame_is_write(request) ? FRAME_FIXED_BODY : 3 + frame_byte_count(request);
    return add_framing_length(body, framing);
}

/* Unit, function and what follows, without check sum. */
static size_t get_body_length(const struct frame_request *request)
{
    switch (request->function) {
    case 15:
        return FRAME_FIXED_BODY + 2; /* byte count, one byte of bits */
    case 16:
        return FRAME_FIXED_BODY + 3; /* byte count, one word */
    default:
        return FRAME_FIXED_BODY;
    }
}

size_t frame_request_length(const struct frame_request *request, enum framing framing)
{
    CHECK(frame_is_request(request));
    return add_framing_length(get_body_length(request), framing);
}

static void put_frame_body(const struct frame_request *request, uint8_t *to)
{
    bool is_single = request->function == 5 || request->function == 6;
    to[0] = request->unit;
    to[1] = request->function;
    frame_put_word(to + 2, request->address);
    frame_put_word(to + 4, is_single ? request->value : request->count);
    if (request->function == 15) {
        to[6] = 1;
        to[7] = (uint8_t) request->value;
    } else if (request->function == 16) {
        to[6] = 2;
        frame_put_word(to + 7, request->value);
    }
}

size_t frame_encode(const struct frame_request *request, enum framing framing,
                    uint8_t to[static MBAP_FRAME_MAX])
{
    CHECK(frame_is_request(request));
    size_t body = get_body_length(request);
    if (framing == FRAMING_RTU) {
        put_frame_body(request, to);
        uint16_t crc = frame_crc(to, body);
        to[body] = (uint8_t) (crc & 0xFFU);
        to[body + 1] = (uint8_t) (crc >> 8U);
    } else {
        frame_put_word(to, request->transaction);
        frame_put_word(to + 2, 0);
        frame_put_word(to + 4, (uint16_t) body);
        put_frame_body(request, to + FRAME_MBAP_HEADER);
    }
    return add_framing_length(body, framing);
}

/* Answers. */

static const uint8_t *body_of(enum framing framing, const uint8_t *frame)
{
    return framing == FRAMING_RTU ? frame : frame + FRAME_MBAP_HEADER;
}

void frame_words(const struct frame_request *request, enum framing framing, const uint8_t *frame,
                 uint16_t ret_words[static FRAME_WORDS_MAX])
{
    CHECK(frame_is_request(request) && !frame_is_write(request));
    const uint8_t *data = body_of(framing, frame) + 3;
    for (size_t i = 0; i < request->count; i++) {
        uint32_t bit = (uint32_t) data[i / 8] >> i % 8 & 1U;
        ret_words[i] =
            is_bit_function(request->function) ? (uint16_t) bit : frame_word_at(data + 2 * i);
    }
}

uint8_t frame_exception(enum framing framing, const uint8_t *frame)
{
    return body_of(framing, frame)[2];
}

const char *frame_exception_text(uint8_t code)
{
    static const char *const text[] = {"",
                                       "不支持的功能码",
                                       "寄存器地址不存在",
                                       "数据值或数量不合法",
                                       "设备内部故障",
                                       "已接受，处理中",
                                       "设备忙",
                                       "设备拒绝执行",
                                       "存储奇偶校验错误",
                                       "",
                                       "网关路径不可用",
                                       "网关下目标设备无响应"};
    bool is_known = code < sizeof text / sizeof text[0] && text[code][0] != '\0';
    return is_known ? text[code] : "未知异常码";
}
