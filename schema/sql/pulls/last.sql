-- Up to when the pulls of each insurer are planned, as far as that has passed. $1 now.
select insurer_id, max(due) from pulls where due <= $1 group by insurer_id
