/* SPDX-License-Identifier: ISC */
#include "board/chart.h"

#include <string.h>

#include "board/html.h"
#include "db/rows.h"

/* SVG units; the picture is stretched to the width of the page. */
#define HOUR_WIDTH 40
#define BAR_WIDTH 10
#define HEIGHT 120

/* Columns to show; without "_count" the name is also the label. */
static const char *const series[] = {"created_count", "acknowledged_count",
    "resolved_count"};

#define SERIES (sizeof(series) / sizeof(series[0]))

/* Append, for example, "12 created". */
static void
amount(struct buf *b, long long n, size_t i)
{
	buf_printf(b, "%lld %.*s", n,
	    (int)(strlen(series[i]) - strlen("_count")), series[i]);
}

static long long
largest(const struct rows *hours)
{
	long long max = 1;

	for (int row = 0; row < hours->n; row++)
		for (size_t i = 0; i < SERIES; i++) {
			long long n = rows_number(hours, row, series[i]);

			if (n > max)
				max = n;
		}
	return max;
}

static long long
sum(const struct rows *hours, size_t i)
{
	long long n = 0;

	for (int row = 0; row < hours->n; row++)
		n += rows_number(hours, row, series[i]);
	return n;
}

/* Append the time of day: 09:00 for 2026-01-02T09:00:00Z. */
static void
clock_of(struct buf *b, const struct rows *hours, int row)
{
	const char *at = rows_cell(hours, row, "hour_at");

	if (at != NULL && strlen(at) > 16)
		html_text(b, (struct slice){at + 11, 5});
}

static void
bars(struct buf *b, const struct rows *hours, int row, long long max)
{
	buf_puts(b, "<g><title>");
	clock_of(b, hours, row);
	for (size_t i = 0; i < SERIES; i++) {
		buf_puts(b, ", ");
		amount(b, rows_number(hours, row, series[i]), i);
	}
	buf_puts(b, "</title>");
	for (size_t i = 0; i < SERIES; i++) {
		long long n = rows_number(hours, row, series[i]);
		long long height = n * HEIGHT / max;

		if (n == 0)
			continue;
		if (height < 2)
			height = 2; /* keep it visible */
		buf_printf(b,
		    "<rect class=\"k%zu\" x=\"%d\" y=\"%lld\""
		    " width=\"%d\" height=\"%lld\"/>",
		    i + 1,
		    row * HOUR_WIDTH +
			(HOUR_WIDTH - (int)SERIES * BAR_WIDTH) / 2 +
			(int)i * BAR_WIDTH,
		    HEIGHT - height, BAR_WIDTH - 1, height);
	}
	buf_puts(b, "</g>\n");
}

static void
legend(struct buf *b, const struct rows *hours)
{
	buf_puts(b, "<ul class=\"legend\">\n");
	for (size_t i = 0; i < SERIES; i++) {
		buf_printf(b, "<li><i class=\"k%zu\"></i>", i + 1);
		amount(b, sum(hours, i), i);
		buf_puts(b, "</li>\n");
	}
	buf_puts(b, "</ul>\n");
}

static void
axis(struct buf *b, const struct rows *hours)
{
	buf_puts(b, "<div class=\"axis\">");
	for (int row = 0; row < hours->n; row += 6) {
		buf_puts(b, "<span>");
		clock_of(b, hours, row);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "<span>now</span></div>\n");
}

static void
numbers(struct buf *b, const struct rows *hours)
{
	buf_puts(b,
	    "<details>\n<summary>Show as table</summary>\n<table>\n"
	    "<thead><tr><th scope=\"col\">Hour</th>");
	for (size_t i = 0; i < SERIES; i++)
		buf_printf(b, "<th scope=\"col\" class=\"num\">%.*s</th>",
		    (int)(strlen(series[i]) - strlen("_count")), series[i]);
	buf_puts(b, "</tr></thead>\n<tbody>\n");
	for (int row = hours->n; row-- > 0;) {
		buf_puts(b, "<tr><th scope=\"row\">");
		clock_of(b, hours, row);
		buf_puts(b, "</th>");
		for (size_t i = 0; i < SERIES; i++)
			buf_printf(b, "<td class=\"num\">%lld</td>",
			    rows_number(hours, row, series[i]));
		buf_puts(b, "</tr>\n");
	}
	buf_puts(b, "</tbody>\n</table>\n</details>\n");
}

void
chart(struct buf *b, const struct rows *hours)
{
	long long max = largest(hours);

	legend(b, hours);
	buf_printf(b,
	    "<div class=\"chart\"><span>%lld</span>\n"
	    "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\""
	    " role=\"img\" aria-label=\"Alerts in each of the last %d hours:",
	    max, hours->n * HOUR_WIDTH, HEIGHT, hours->n);
	for (size_t i = 0; i < SERIES; i++) {
		buf_puts(b, i > 0 ? ", " : " ");
		amount(b, sum(hours, i), i);
	}
	buf_puts(b, " in all\">\n");
	for (int row = 0; row < hours->n; row++)
		bars(b, hours, row, max);
	buf_puts(b, "</svg></div>\n");
	axis(b, hours);
	numbers(b, hours);
}
