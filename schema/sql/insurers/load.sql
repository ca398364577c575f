-- Validators remembered for an insurer under its present configuration. $1 insurer, $2 configuration.
select validators from insurers where insurer_id = $1 and configured_as = $2
