-- I12: nobody is sent more codes by SMS in 24 hours than might leave when the last of them left.
-- Reads every challenge once, and sorts those that left by SMS.
SELECT format('customer %s was sent %s codes by SMS in the 24 hours until %s, of at most %s', customer_id, sent, at,
              sms_most) AS what
  FROM (SELECT c.customer_id, sms.at, c.sms_most,
               count(*) OVER (PARTITION BY c.customer_id ORDER BY sms.at
                              RANGE BETWEEN interval '23:59:59.999999' PRECEDING AND CURRENT ROW) AS sent
          FROM challenge c CROSS JOIN unnest(c.sms_at) AS sms (at)) counted
 WHERE sent > sms_most
 ORDER BY customer_id, at;
