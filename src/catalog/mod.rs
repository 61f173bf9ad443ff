//! What AWS knows.
