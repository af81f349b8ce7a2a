<?php
// SPDX-License-Identifier: ISC
//
// The webhook as one would write it in PHP: a persistent connection and one
// event per transaction through the responder's own function.

const INGEST = <<<'SQL'
select outcome, reason, alert_id, status
  from tocsin_api.ingest(array[row(
       $1, now(), 'webhook', $2, $3::bytea, $4, $5, $6, $7, $8, $9, null,
       $10::jsonb, $11::boolean, $12, $13, null, null, null,
       $14)::tocsin_api.event_in])
SQL;

function finish(int $status, array $answer): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($answer);
    exit;
}

// Version 7: milliseconds first, so that ids sort by time.
function make_event_id(): string
{
    $hex = sprintf('%012x7%s', (int) (microtime(true) * 1000),
        substr(bin2hex(random_bytes(10)), 1));
    $hex[16] = '89ab'[hexdec($hex[16]) & 3];
    return $hex;
}

function array_literal(array $texts): string
{
    return '{' . implode(',', array_map(
        fn ($t) => '"' . addcslashes((string) $t, '"\\') . '"',
        $texts)) . '}';
}

$body = json_decode(file_get_contents('php://input'), true, 32);
if (!is_array($body))
    finish(400, ['title' => 'not a JSON object']);
$event = array_change_key_case($body);
$type = strtolower(trim($event['event_type'] ?? ''));
if (!in_array($type, ['create', 'acknowledge', 'resolve'], true))
    finish(422, ['title' => 'event_type is none of ours']);
$create = $type === 'create';
$id = (string) ($event['id'] ?? '');
if ($id === '' || $create && trim($event['title'] ?? '') === '')
    finish(422, ['title' => 'Id or Title is missing']);

$meta = $event['meta'] ?? [];
$incident = (bool) ($meta['incident'] ?? false);
$severity = $incident ? $meta['incident_severity'] ?? 'SEV-UNKNOWN' : null;
$message = $meta['incident_message'] ?? null;
unset($meta['incident'], $meta['incident_severity'],
    $meta['incident_message']);
$token = $_SERVER['HTTP_PAGERTREE_TOKEN'] ?? null;

$database = @pg_pconnect(getenv('BENCH_DATABASE'));
$receipt = $database ? @pg_query_params($database, INGEST, [
    make_event_id(),
    ltrim($_SERVER['PATH_INFO'] ?? '', '/'),
    $token === null ? null : '\\x' . hash('sha256', $token),
    $type,
    $id,
    $create ? $event['title'] : null,
    $create ? $event['description'] ?? '' : null,
    $create ? $event['urgency'] ?? null : null,
    $create ? array_literal($event['tags'] ?? []) : null,
    $create ? json_encode((object) $meta) : null,
    $create ? var_export($incident, true) : null,
    $create ? $severity : null,
    $create ? $message : null,
    $_SERVER['REMOTE_ADDR'] ?? null,
]) : false;
if ($receipt === false)
    finish(503, ['title' => 'the database is away']);
finish(200, pg_fetch_assoc($receipt) + ['Id' => $id]);
