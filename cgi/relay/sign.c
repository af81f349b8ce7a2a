/* SPDX-License-Identifier: ISC */
#include "relay/sign.h"

#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "json/json.h"

#define SIGNED_MAX_BYTES ((size_t)16 * 1024 * 1024)

static int
read_secret(struct sign_secret *to, struct slice hex)
{
	int byte;

	/* JSON escapes the backslash. */
	if (hex.len >= 3 && memcmp(hex.p, "\\\\x", 3) == 0)
		hex = (struct slice){hex.p + 3, hex.len - 3};
	if (hex.len == 0 || hex.len % 2 != 0 || hex.len / 2 > SIGN_SECRET_BYTES)
		return -1;
	for (to->len = 0; to->len < hex.len / 2; to->len++) {
		byte = hex_byte(hex.p + 2 * to->len);
		if (byte == -1)
			return -1;
		to->key[to->len] = (unsigned char)byte;
	}
	return 0;
}

static int
read_list(struct sign_secrets *secrets, struct slice rest)
{
	struct json_member m;

	while (json_next(&rest, &m)) {
		if (m.value.type != JSON_STRING ||
		    secrets->n == SIGN_SECRETS_MAX ||
		    read_secret(&secrets->list[secrets->n],
			(struct slice){m.value.text.p + 1,
			    m.value.text.len - 2}) == -1)
			return -1;
		secrets->n++;
	}
	return 0;
}

int
sign_read(struct sign_secrets *secrets, struct slice json)
{
	struct buf copy = {.max = 4096};
	struct json_value top;
	const char *why;
	size_t at;
	int rc = -1;

	secrets->n = 0;
	if (json.p == NULL)
		return 0;
	buf_append(&copy, json.p, json.len);
	if (!copy.failed && copy.len > 0 &&
	    json_scan(&top, copy.data, copy.len, &why, &at) == OUTCOME_OK) {
		if (top.type == JSON_ARRAY)
			rc = read_list(secrets, top.text);
		else if (top.type == JSON_NULL)
			rc = 0;
	}
	buf_wipe(&copy);
	return rc;
}

void
sign_webhook(struct buf *out, const struct sign_secrets *secrets,
    struct slice id, long long timestamp, struct slice body)
{
	struct buf text = {.max = SIGNED_MAX_BYTES};
	unsigned char sum[DIGEST_BYTES];
	char base64[DIGEST_BASE64_BYTES];

	buf_printf(&text, "%.*s.%lld.", (int)id.len, id.p, timestamp);
	buf_append(&text, body.p, body.len);
	out->failed = out->failed || text.failed;
	for (size_t i = 0; i < secrets->n && !text.failed; i++) {
		digest_hmac(secrets->list[i].key, secrets->list[i].len,
		    text.data, text.len, sum);
		digest_base64(sum, base64);
		buf_printf(out, "%sv1,%s", i == 0 ? "" : " ", base64);
	}
	buf_free(&text);
}
