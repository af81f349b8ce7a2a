-- SPDX-License-Identifier: ISC
-- Part of install.sql: the formats that are built in.  The language of their
-- templates is in internal.fill.sql, what the other members mean in
-- migrate/0003/format.sql.

do $formats$
begin

-- Programs that take JSON; the names are those of the view alerts.
perform tocsin_internal.put_format('standard', $$ {
    "audience": "machines",
    "text_bytes_max": 8192,
    "template": {
        "type": {"$map": "event", "of": {
            "created": "alert.created",
            "acknowledged": "alert.acknowledged",
            "resolved": "alert.resolved",
            "escalated": "alert.escalated",
            "reminder": "alert.reminder",
            "test": "test"}},
        "timestamp": "{{notified_at}}",
        "data": {
            "id": "{{alert_id}}",
            "integration_id": {"$json": "integration_id"},
            "integration_name": {"$json": "integration"},
            "external_id": {"$json": "external_id"},
            "title": {"$json": "title"},
            "description": {"$json": "description"},
            "status": "{{status}}",
            "urgency": "{{urgency}}",
            "incident": {"$json": "incident"},
            "incident_severity": {"$json": "severity"},
            "incident_message": {"$json": "incident_message"},
            "tags": {"$json": "tags"},
            "meta": {"$json": "meta"},
            "additional_data": {"$json": "additional_data"},
            "flags": {"$json": "flags"},
            "created_at": {"$json": "created_at"},
            "acknowledged_at": {"$json": "acknowledged_at"},
            "resolved_at": {"$json": "resolved_at"},
            "last_event_at": {"$json": "last_event_at"},
            "duplicate_count": {"$n": "duplicate_count"},
            "url": {"$json": "url"}}}} $$, true);

-- What PagerTree's outgoing webhooks send.
perform tocsin_internal.put_format('pagertree', $$ {
    "audience": "machines",
    "template": {
        "type": {"$map": "event", "of": {
            "created": "alert.created",
            "acknowledged": "alert.acknowledged",
            "resolved": "alert.resolved",
            "test": "test"}, "else": "alert.timeout"},
        "data": {
            "id": "{{alert_id}}",
            "type": "alert",
            "subtype": "alert",
            "thirdparty_id": {"$json": "external_id"},
            "source_id": {"$json": "integration_id"},
            "title": {"$json": "title"},
            "description": {"$json": "description"},
            "status": "{{status}}",
            "urgency": "{{urgency}}",
            "tags": {"$json": "tags"},
            "meta": {"$json": "full_meta"},
            "additional_data": {"$each": "additional_data", "item": {
                "type": "{{format}}",
                "label": "{{label}}",
                "value": "{{value}}"}},
            "createdAt": {"$json": "created_at"},
            "updatedAt": {"$json": "last_event_at"},
            "created": {"$n": "created_unix"},
            "acknowledged": {"$n": "acknowledged_unix"},
            "resolved": {"$n": "resolved_unix"}}}} $$, true);

-- PagerTree's incoming webhook, as tocsin itself accepts it.  Id is the alert's
-- id in this database, so the receiver recognises duplicates.  A test resolves
-- an alert that does not exist.
perform tocsin_internal.put_format('incoming', $$ {
    "audience": "machines",
    "template": {
        "event_type": {"$map": "event", "of": {
            "acknowledged": "acknowledge",
            "resolved": "resolve",
            "test": "resolve"}, "else": "create"},
        "Id": "{{alert_id}}",
        "Title": {"$json": "title"},
        "Description": {"$json": "description"},
        "Urgency": "{{urgency}}",
        "Tags": {"$json": "tags"},
        "Meta": {"$json": "full_meta"},
        "dedup_keys": {"$json": "dedup_keys"}}} $$, true);

-- PagerDuty Events API v2.
perform tocsin_internal.put_format('pagerduty', $$ {
    "audience": "machines",
    "title_max": 1024,
    "template": {
        "routing_key": "{{secret.pagerduty}}",
        "event_action": {"$map": "event", "of": {
            "acknowledged": "acknowledge",
            "resolved": "resolve",
            "test": "resolve"}, "else": "trigger"},
        "dedup_key": "{{alert_id}}",
        "client": "tocsin",
        "client_url": "{{url}}",
        "links": {"$each": "links", "item": {
            "href": "{{url}}", "text": "Alert"}},
        "payload": {
            "summary": "{{title}}",
            "source": "{{integration}}",
            "severity": {"$map": "urgency", "of": {
                "critical": "critical",
                "high": "error",
                "medium": "warning"}, "else": "info"},
            "timestamp": "{{created_at}}",
            "custom_details": {
                "description": {"$json": "text"},
                "external_id": {"$json": "external_id"},
                "tags": {"$json": "tags"},
                "meta": {"$json": "meta"}}}}} $$, true);

perform tocsin_internal.put_format('slack', $$ {
    "audience": "people",
    "escape": "slack",
    "title_max": 1000,
    "text_max": 3000,
    "failure_pattern": "\"ok\":\\s*false",
    "template": {
        "text": "{{summary}}",
        "unfurl_links": false,
        "unfurl_media": false,
        "attachments": [{
            "color": "{{color}}",
            "fallback": "{{summary}}",
            "title": "{{title}}",
            "title_link": "{{url}}",
            "text": "{{lines}}"}]}} $$, true);

-- Title and lines are in code spans, where links and mentions have no effect.
perform tocsin_internal.put_format('mattermost', $$ {
    "audience": "people",
    "escape": "at_sign",
    "title_max": 1000,
    "text_max": 6000,
    "template": {
        "text": "`{{summary}}`",
        "attachments": [{
            "color": "{{color}}",
            "fallback": "{{summary}}",
            "title": "{{title}}",
            "title_link": "{{url}}",
            "text": "```\n{{lines}}\n```"}]}} $$, true);

perform tocsin_internal.put_format('rocketchat', $$ {
    "audience": "people",
    "escape": "at_sign",
    "title_max": 1000,
    "text_max": 4000,
    "failure_pattern": "\"success\":\\s*false",
    "template": {
        "text": "`{{summary}}`",
        "attachments": [{
            "color": "{{color}}",
            "title": "{{title}}",
            "title_link": "{{url}}",
            "text": "```\n{{lines}}\n```"}]}} $$, true);

-- Title, content and description together may have 6000 characters.
perform tocsin_internal.put_format('discord', $$ {
    "audience": "people",
    "escape": "markdown",
    "title_max": 256,
    "text_max": 4000,
    "template": {
        "content": "`{{summary}}`",
        "allowed_mentions": {"parse": []},
        "embeds": [{
            "title": "{{title}}",
            "url": "{{url}}",
            "color": {"$n": "color_number"},
            "description": "```\n{{lines}}\n```",
            "timestamp": "{{notified_at}}"}]}} $$, true);

-- The body may have 28 KB; JSON escapes make some characters two.
perform tocsin_internal.put_format('teams', $$ {
    "audience": "people",
    "escape": "paragraphs",
    "title_max": 1000,
    "text_bytes_max": 10000,
    "failure_pattern":
        "Webhook message delivery failed|endpoint returned HTTP error",
    "template": {
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema":
                    "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [{
                    "type": "TextBlock",
                    "text": "{{summary}}",
                    "wrap": true,
                    "size": "medium",
                    "weight": "bolder",
                    "color": {"$map": "level", "of": {
                        "resolved": "good",
                        "acknowledged": "accent",
                        "critical": "attention",
                        "high": "attention",
                        "medium": "warning"}, "else": "default"}}, {
                    "type": "TextBlock",
                    "text": "{{lines}}",
                    "wrap": true}],
                "actions": {"$each": "links", "item": {
                    "type": "Action.OpenUrl",
                    "id": "show",
                    "title": "Show",
                    "url": "{{url}}"}}}}]}} $$, true);

-- Without parse_mode, text is not parsed as markup.
perform tocsin_internal.put_format('telegram', $$ {
    "audience": "people",
    "escape": "at_sign",
    "text_max": 4096,
    "failure_pattern": "\"ok\":\\s*false",
    "template": {
        "chat_id": "{{secret.telegram_chat}}",
        "text": "{{summary}}\n{{lines}}\n{{url}}",
        "link_preview_options": {"is_disabled": true}}} $$, true);

-- Published to the root of the server.
perform tocsin_internal.put_format('ntfy', $$ {
    "audience": "people",
    "title_bytes_max": 1000,
    "text_bytes_max": 4000,
    "template": {
        "topic": "{{secret.ntfy_topic}}",
        "title": "{{summary}}",
        "message": "{{lines}}",
        "priority": {"$map": "level", "of": {
            "critical": 5, "high": 4, "low": 2, "silent": 1}, "else": 3},
        "tags": [{"$map": "level", "of": {
            "resolved": "white_check_mark",
            "acknowledged": "eyes",
            "critical": "rotating_light"}, "else": "warning"}],
        "click": "{{url}}"}} $$, true);

perform tocsin_internal.put_format('gotify', $$ {
    "audience": "people",
    "title_max": 250,
    "text_max": 4000,
    "template": {
        "title": "{{summary}}",
        "message": "{{lines}}",
        "priority": {"$map": "level", "of": {
            "critical": 10, "high": 8, "medium": 5, "silent": 0}, "else": 2},
        "extras": {
            "client::display": {"contentType": "text/plain"},
            "client::notification": {"click": {"url": "{{url}}"}}}}} $$,
    true);

-- Priority 2, emergency, requires retry and expire.
perform tocsin_internal.put_format('pushover', $$ {
    "audience": "people",
    "title_max": 250,
    "text_max": 1024,
    "failure_pattern": "\"status\":\\s*0",
    "template": {
        "token": "{{secret.pushover_token}}",
        "user": "{{secret.pushover_user}}",
        "title": "{{summary}}",
        "message": "{{lines}}",
        "url": "{{url}}",
        "priority": {"$map": "level", "of": {
            "critical": 2, "high": 1, "medium": 0, "silent": -2}, "else": -1},
        "retry": 60,
        "expire": 3600}} $$, true);

end;
$formats$;
