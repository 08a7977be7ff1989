-- An order that was charged or invoiced comes to that amount, and what events say was
-- given back for it is what charges and refunds say, to the cent.
select *
from {{ ref('payment_reconciliation') }}
where verdict = 'different'
