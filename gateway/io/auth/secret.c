#include "gateway/io/auth/secret.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "gateway/base/utf8.h"

enum { HASH_PASSES = 2, HASH_MEMORY = 19 * 1024 * 1024, SECRET_BYTES = 32, TOKEN_PREFIX = 3 };

/* The hash of a random password that was never kept, at the cost above. */
static const char unknown_hash[PASSWORD_HASH_MAX] =
    "$argon2id$v=19$m=19456,t=2,p=1$UikzRl4cq+Jz+V8yeM+83A"
    "$MtAUOevlczpQBgysrZ/ApHptyRNdOn5Lye4MT2p7tKA";

static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "a hash fits its row");
static_assert(SECRET_TEXT == SECRET_BYTES * 2 + 1, "a session is 32 bytes in hex");

bool secret_prepare(struct error *error)
{
    return sodium_init() >= 0 || error_set(error, "libsodium finds no source of random numbers");
}

void secret_make_session(char ret_session[static SECRET_TEXT])
{
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    (void) sodium_bin2hex(ret_session, SECRET_TEXT, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

void secret_hash_token(const char *token, char to[static TOKEN_HASH_MAX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    (void) crypto_hash_sha256(hash, (const unsigned char *) token, strlen(token));
    (void) sodium_bin2hex(to, TOKEN_HASH_MAX, hash, sizeof hash);
}

bool secret_make_token(char ret_token[static SECRET_TEXT], char ret_hash[static TOKEN_HASH_MAX],
                       struct error *error)
{
    if (!secret_prepare(error)) {
        return false;
    }
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    memcpy(ret_token, "hy_", TOKEN_PREFIX);
    (void) sodium_bin2base64(ret_token + TOKEN_PREFIX, SECRET_TEXT - TOKEN_PREFIX, bytes,
                             sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    secret_hash_token(ret_token, ret_hash);
    sodium_memzero(bytes, sizeof bytes);
    return true;
}

bool secret_hash_password(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                          struct error *error)
{
    size_t length = strlen(password);
    if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
        return error_set(error, "a password has %d to %d bytes, this one has %zu", PASSWORD_MIN,
                         PASSWORD_MAX, length);
    }
    if (!utf8_is_valid(password, length)) {
        return error_set(error, "the password is not valid UTF-8; set the terminal to UTF-8");
    }
    if (!secret_prepare(error)) {
        return false;
    }
    char hash[PASSWORD_HASH_MAX] = "";
    if (crypto_pwhash_str(hash, password, length, HASH_PASSES, HASH_MEMORY) != 0) {
        return error_set(error, "no memory to hash the password (19 MiB are needed)");
    }
    memcpy(ret_hash, hash, sizeof hash);
    return true;
}

bool secret_is_password(const char *hash, const char *password)
{
    const char *against = hash == NULL ? unknown_hash : hash;
    bool is_match = crypto_pwhash_str_verify(against, password, strlen(password)) == 0;
    return is_match && hash != NULL;
}

bool secret_is_same(const void *one, const void *other, size_t length)
{
    return sodium_memcmp(one, other, length) == 0;
}

void secret_wipe(void *bytes, size_t length)
{
    sodium_memzero(bytes, length);
}
