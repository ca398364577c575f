-- All leases of an instance are renewed again and again: room in their pages keeps that a heap-only update.
alter table leases set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
