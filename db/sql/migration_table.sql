create table if not exists migration (
  number  integer primary key,
  name    text not null,
  sha256  text not null,
  applied bigint not null)
