# SPDX-License-Identifier: ISC
package World::Lighttpd;

# lighttpd, configured as Debian does it, with one of our files enabled.

use strict;
use warnings;

use Files qw(save);

sub command
{
    my ($class, $front) = @_;
    return ('lighttpd', '-D', '-f', "$front->{dir}/lighttpd.conf");
}

sub write_configuration
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};
    my $user = $front->{user} // '';
    my $modules = join ', ', map { qq("$_") } @{ $front->{modules} };

    save("$dir/lighttpd.conf", <<"END");
server.modules = (
	"mod_indexfile", "mod_access", "mod_alias", "mod_redirect"
)
server.document-root = "$dir/www"
server.upload-dirs = ( "$dir/up" )
server.errorlog = "$dir/error.log"
server.pid-file = "$dir/lighttpd.pid"
server.username = "$user"
server.groupname = "$user"
server.bind = "127.0.0.1"
server.port = $front->{port}
server.feature-flags = ( "server.graceful-shutdown-timeout" => 5 )
server.http-parseopts = (
	"header-strict" => "enable",
	"host-strict" => "enable",
	"host-normalize" => "enable",
	"url-normalize-unreserved" => "enable",
	"url-normalize-required" => "enable",
	"url-ctrls-reject" => "enable",
	"url-path-2f-decode" => "enable",
	"url-path-dotseg-remove" => "enable"
)
url.access-deny = ( "~", ".inc" )
static-file.exclude-extensions = ( ".php", ".pl", ".fcgi" )
server.modules += ( $modules )
include "$front->{shipped}"
server.modules += ( "mod_dirlisting", "mod_staticfile" )
END
    $class->write_changes($front);
}

# What is different from the shipped file on this host, as its operator
# would say it.  Those of the first round name the spool: tests/bench.
sub write_changes
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};
    my %value = (
        program => $front->{program},
        conf => "$dir/tocsin.conf",
        spool => "$dir/spool",
        socket => "$dir/run/tocsin.sock",
        base => $front->{base},
        cells => "$dir/cells",
        run => "$dir/run",
        htpasswd => "$dir/htpasswd",
    );
    my @lines;

    open my $f, '<', $front->{shipped} or die "$front->{shipped}: $!\n";
    while (<$f>) {
        push @lines, "var.tocsin_$1 := \"$value{$1}\"\n"
            if /^var\.tocsin_(\w+) =/;
    }
    mkdir "$dir/tocsin.d", 0755;
    save("$dir/tocsin.d/local.conf", @lines);
}

1;
