# Prints what goes over ports of the lab's bridge, a line a frame: TIME PORT WHAT. Frames are read as packet(7) has them.
# Of use to tests since perl is on every Debian: perl frames.pl VIP NAME=PORT ...
use strict;
use warnings;
use Time::HiRes;
use Socket qw(inet_aton inet_ntoa);

my ($AF_PACKET, $SOCK_RAW, $ETH_P_ALL, $SIOCGIFINDEX, $PACKET_OUTGOING) = (17, 3, 0x0003, 0x8933, 4);
my $vip = inet_aton(shift);
my (%name, $bits);
$bits = "";
$| = 1;

for (@ARGV) {
  my ($name, $port) = split /=/;
  socket(my $socket, $AF_PACKET, $SOCK_RAW, unpack("n", pack("S", $ETH_P_ALL))) or die "socket: $!";
  my $request = pack("a16 x16", $port);
  ioctl($socket, $SIOCGIFINDEX, $request) or die "$port: $!";
  my $index = unpack("x16 i", $request);
  bind($socket, pack("S n i S C C a8", $AF_PACKET, $ETH_P_ALL, $index, 0, 0, 0, "")) or die "bind: $!";
  $name{ fileno $socket } = [ $name, $socket ];
  vec($bits, fileno $socket, 1) = 1;
}
print "ready\n";

while (1) {
  select(my $ready = $bits, undef, undef, undef);
  for my $number (grep { vec($ready, $_, 1) } keys %name) {
    my ($name, $socket) = @{ $name{$number} };
    my $from = recv($socket, my $frame, 2048, 0);
    next unless defined $from;
    my $into = unpack("x10 C", $from) == $PACKET_OUTGOING;
    my $what = told($frame, $into);
    printf "%.3f %s %s\n", Time::HiRes::time(), $name, $what if defined $what;
  }
}

# Advertisements and ARP of the host's own, and requests for the service that are sent to it.
sub told {
  my ($frame, $into) = @_;
  my $type = unpack("x12 n", $frame);
  if ($type == 0x0806) {
    my ($sender) = unpack("x28 a4", $frame);
    return !$into && $sender eq $vip ? "arp" : undef;
  }
  return undef unless $type == 0x0800;
  my ($length, $protocol, $source, $destination) = unpack("x14 C x8 C x2 a4 a4", $frame);
  my $payload = substr $frame, 14 + 4 * ($length & 15);
  return "advert " . unpack("x2 C", $payload) if $protocol == 112 && !$into;
  return undef unless $protocol == 6 && $into;
  my ($port, $flags) = unpack("x2 n x9 C", $payload);
  return undef unless $port == 80 && ($flags & 0x12) == 2;
  return $destination eq $vip ? "syn " . inet_ntoa($source) : "knock " . inet_ntoa($source);
}
