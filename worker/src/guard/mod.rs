//! The guard: which addresses the service may connect to on a stranger's behalf.
