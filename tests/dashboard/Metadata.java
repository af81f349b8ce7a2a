// SPDX-License-Identifier: ISC
//
// Ask a database what a BI tool asks by way of JDBC, and print the answers,
// one JSON array of strings and nulls a line:
//
//     table    name, type, remarks
//     column   table, name, type's name, type's number, position, remarks
//     rows     view, how many there are, or the SQLSTATE why not
//     alert    id, title, tags, created, resolved (microseconds)
//     attempt  as it comes or read write, statement, SQLSTATE or "done"
//
// Usage: java -cp postgresql.jar Metadata.java URL STATEMENT...
// with user and password in PGUSER and PGPASSWORD.

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class Metadata {
    private static final String SCHEMA = "tocsin";
    private static final PrintStream OUT =
        new PrintStream(System.out, false, StandardCharsets.UTF_8);

    private final Connection connection;
    private final List<String> views = new ArrayList<>();

    private Metadata(Connection connection) {
        this.connection = connection;
    }

    public static void main(String[] args) throws SQLException {
        try (Connection connection = DriverManager.getConnection(args[0],
                System.getenv("PGUSER"), System.getenv("PGPASSWORD"))) {
            Metadata metadata = new Metadata(connection);
            metadata.tables();
            metadata.columns();
            for (String view : metadata.views) {
                metadata.rows(view);
            }
            metadata.alerts();
            List<String> statements = List.of(args).subList(1, args.length);
            metadata.attempts("as it comes", statements);
            metadata.command(
                "set session characteristics as transaction read write");
            metadata.attempts("read write", statements);
        }
        OUT.flush();
    }

    // Of every type: what is no view should not be there.
    private void tables() throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        try (ResultSet r = data.getTables(null, SCHEMA, "%", null)) {
            while (r.next()) {
                views.add(r.getString("TABLE_NAME"));
                print("table", r.getString("TABLE_NAME"),
                    r.getString("TABLE_TYPE"), r.getString("REMARKS"));
            }
        }
    }

    private void columns() throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        try (ResultSet r = data.getColumns(null, SCHEMA, "%", "%")) {
            while (r.next()) {
                print("column", r.getString("TABLE_NAME"),
                    r.getString("COLUMN_NAME"), r.getString("TYPE_NAME"),
                    r.getString("DATA_TYPE"),
                    r.getString("ORDINAL_POSITION"), r.getString("REMARKS"));
            }
        }
    }

    // As the class that the driver thinks best.
    private void rows(String view) throws SQLException {
        String sql = "select * from " + SCHEMA + ".\"" + view + "\"";
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            int count = 0;
            for (; r.next(); count++) {
                for (int i = r.getMetaData().getColumnCount(); i > 0; i--) {
                    r.getObject(i);
                }
            }
            print("rows", view, "" + count, null);
        } catch (SQLException e) {
            print("rows", view, null, e.getSQLState());
        }
    }

    private void alerts() throws SQLException {
        String sql = "select * from tocsin.alerts order by id";
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            while (r.next()) {
                print("alert", r.getObject("id").toString(),
                    r.getString("title"), text(r.getArray("tags")),
                    micros(r.getObject("created_at", OffsetDateTime.class)),
                    micros(r.getObject("resolved_at", OffsetDateTime.class)));
            }
        }
    }

    private void attempts(String mode, List<String> statements) {
        for (String sql : statements) {
            print("attempt", mode, sql, command(sql));
        }
    }

    private String command(String sql) {
        try (Statement s = connection.createStatement()) {
            s.execute(sql);
            return "done";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    private static String text(Array array) throws SQLException {
        return String.join("|", (String[]) array.getArray());
    }

    private static String micros(OffsetDateTime t) {
        return t == null ? null
            : "" + (t.toEpochSecond() * 1_000_000 + t.getNano() / 1000);
    }

    private static void print(String... words) {
        OUT.println(Stream.of(words).map(Metadata::quote)
            .collect(Collectors.joining(",", "[", "]")));
    }

    private static String quote(String word) {
        if (word == null) {
            return "null";
        }
        StringBuilder json = new StringBuilder("\"");
        for (char c : word.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
