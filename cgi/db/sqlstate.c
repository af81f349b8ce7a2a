/* SPDX-License-Identifier: ISC */
#include "db/sqlstate.h"

#include <string.h>

/* A SQLSTATE prefix; the longest match decides. */
static const struct {
	const char *prefix;
	enum sqlstate_remedy remedy;
} table[] = {
    {"22001", SQLSTATE_REFUSE}, /* string_data_right_truncation */
    {"22003", SQLSTATE_REFUSE}, /* numeric_value_out_of_range */
    {"22007", SQLSTATE_REFUSE}, /* invalid_datetime_format */
    {"22008", SQLSTATE_REFUSE}, /* datetime_field_overflow */
    {"22021", SQLSTATE_REFUSE}, /* character_not_in_repertoire */
    {"22032", SQLSTATE_REFUSE}, /* invalid_json_text */
    {"22P02", SQLSTATE_REFUSE}, /* invalid_text_representation */
    {"22P03", SQLSTATE_REFUSE}, /* invalid_binary_representation */
    {"22P05", SQLSTATE_REFUSE}, /* untranslatable_character */
    {"23502", SQLSTATE_REFUSE}, /* not_null_violation */
    {"23514", SQLSTATE_REFUSE}, /* check_violation */
    {"TO422", SQLSTATE_REFUSE}, /* raised by tocsin_api itself */
    {"23505", SQLSTATE_RETRY}, /* concurrent insert of one event_id */
    {"40001", SQLSTATE_RETRY}, /* serialization_failure */
    {"40P01", SQLSTATE_RETRY}, /* deadlock_detected */
    {"08", SQLSTATE_RECONNECT}, /* connection exceptions */
    {"25006", SQLSTATE_RECONNECT}, /* read-only: this host is a standby */
    {"26000", SQLSTATE_RECONNECT}, /* no such prepared statement: a pooler */
    {"42P05", SQLSTATE_RECONNECT}, /* duplicate prepared statement: a pooler */
    {"42883", SQLSTATE_RECONNECT}, /* no such function: schema has changed */
    {"57P", SQLSTATE_RECONNECT}, /* shutdown, crash, cannot connect now */
    {"0A000", SQLSTATE_RECONNECT}, /* cached plan must not change type */
    {"XX000", SQLSTATE_RECONNECT}, /* internal error: like no such type */
};

enum sqlstate_remedy
sqlstate_remedy(const char *code)
{
	enum sqlstate_remedy remedy = SQLSTATE_WAIT;
	size_t best = 0;

	if (code == NULL)
		return SQLSTATE_RECONNECT;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t len = strlen(table[i].prefix);

		if (len > best && strncmp(code, table[i].prefix, len) == 0) {
			best = len;
			remedy = table[i].remedy;
		}
	}
	return remedy;
}
