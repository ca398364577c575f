-- Forgets what was built.
truncate rebuilt_applications, rebuilt_policies
