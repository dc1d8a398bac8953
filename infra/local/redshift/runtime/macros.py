"""Macros in DuckDB's SQL. An error carries its SQLSTATE between two @, which ``errors`` reads."""

MACROS = tuple(
    f"create or replace macro memory.main.{text}"
    for text in (
        "cut(x, n) as case when strlen(x) <= n then x when strlen(x) = length(x) then x[:n] else rs_cut(x, n) end",
        """fit_varchar(x, n) as case when x is null or strlen(x) <= n then x when strlen(rtrim(x, ' ')) <= n then rs_cut(x, n)
           else error('@22001@value too long for type character varying(' || n || ')') end""",
        """fit_char(x, n) as case when x is null then null
           when strlen(x) <> length(x) then error('@22001@CHAR string contains invalid ASCII character')
           when strlen(x) <= n then rpad(x, n, ' ') when strlen(rtrim(x, ' ')) <= n then x[:n]
           else error('@22001@value too long for type character(' || n || ')') end""",
        """cast_char(x, n) as case when strlen(x) <> length(x) then error('@22001@CHAR string contains invalid ASCII character')
           else rpad(x, n, ' ') end""",
        "float_text(x) as regexp_replace(cast(x as varchar), '\\.0$', '')",
        """whole_number(x, kind) as case when x is null or regexp_full_match(trim(x), '[+-]?[0-9]+') then trim(x)
           else error('@22P02@invalid input syntax for integer: "' || x || '"') end""",
        """truth(x) as case when x is null then null when lower(trim(x)) in ('t', 'true', 'y', 'yes', '1', 'on') then true
           when lower(trim(x)) in ('f', 'false', 'n', 'no', '0', 'off') then false
           else error('@22P02@invalid input syntax for type boolean: "' || x || '"') end""",
        """figures(x, kind) as case when contains(x, '_') then error('@22P02@invalid input syntax for type ' || kind || ': "' || x || '"')
           else x end""",
        """float_of(x, y, kind) as case when isinf(y) and not contains(lower(x), 'inf')
           then error('@22003@"' || x || '" is out of range for type ' || kind) else y end""",
        "finite(x) as case when isinf(x) then error('@22003@value out of range: overflow') else x end",
        """half_away(n, d) as (n // d)
           + case when 2 * abs(n % d) >= abs(d) then (case when (n < 0) = (d < 0) then 1 else -1 end) else 0 end""",
        """divided(a, b, sa, sb, unit) as cast(memory.main.half_away(cast(a * cast(sa as decimal(38, 0)) as hugeint),
           cast(b * cast(sb as decimal(38, 0)) as hugeint)) as decimal(38, 0)) * unit""",
        "unscaled(x) as cast(replace(cast(x as varchar), '.', '') as hugeint)",
        "step(n, s) as cast(pow(10, greatest(s - n, 0)) as hugeint)",
        """round_at(x, n, s, unit) as cast(memory.main.half_away(memory.main.unscaled(x), memory.main.step(n, s))
           * memory.main.step(n, s) as decimal(38, 0)) * unit""",
        """trunc_at(x, n, s, unit) as cast(memory.main.unscaled(x) // memory.main.step(n, s)
           * memory.main.step(n, s) as decimal(38, 0)) * unit""",
        """averaged(a, b, sa, unit) as cast(cast(a * cast(sa as decimal(38, 0)) as hugeint) // cast(b as hugeint)
           as decimal(38, 0)) * unit""",
        """super_number(x) as case when json_type(x) in ('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT')
           then try_cast(json_extract_string(x, '$') as double) end""",
        "super_text(x) as case when json_type(x) = 'VARCHAR' then json_extract_string(x, '$') end",
        """add_months(d, n) as case when cast(last_day(d) as date) = cast(d as date)
           then cast(last_day(d + to_months(cast(n as integer))) as timestamp) + (d - cast(cast(d as date) as timestamp))
           else d + to_months(cast(n as integer)) end""",
        """months_between(a, b) as case when day(a) = day(b) or (last_day(a) = cast(a as date) and last_day(b) = cast(b as date))
           then cast((year(a) - year(b)) * 12 + month(a) - month(b) as double)
           else (year(a) - year(b)) * 12 + month(a) - month(b) + (day(a) - day(b)
                + (epoch(cast(a as timestamp)) % 86400 - epoch(cast(b as timestamp)) % 86400) / 86400) / 31.0 end""",
        "split_part(s, d, n) as case when n < 1 then error('@22023@field position must be greater than zero') else split_part(s, d, n) end",
        """substring_from(s, p, n) as case when n < 0 then error('@22011@negative substring length not allowed')
           else substring(s, greatest(p, 1), greatest(least(p + n - greatest(p, 1), 65535), 0)) end""",
        "pad_left(s, n, f) as case when n <= 0 then '' when length(s) >= n then s[:n] when f = '' then s else lpad(s, n, f) end",
        "pad_right(s, n, f) as case when n <= 0 then '' when length(s) >= n then s[:n] when f = '' then s else rpad(s, n, f) end",
        "left_of(s, n) as case when n < 0 then error('@22023@negative length not allowed') else left(s, n) end",
        "right_of(s, n) as case when n < 0 then error('@22023@negative length not allowed') else right(s, n) end",
        """logarithm(x, y) as case when x is null then null when x <= 0 then error('@2201E@cannot take logarithm of a ' ||
           case when x = 0 then 'zero' else 'negative number' end) else y end""",
        """logarithm_of(b, x) as case when b is null or x is null then null
           when b <= 0 or b = 1 or x <= 0 then error('@2201E@base and argument of a logarithm must be positive, and the base not 1')
           when b = 10 then log10(x) else ln(x) / ln(b) end""",
        "within(x, y) as case when abs(x) > 1 then error('@22003@input is out of range') else y end",
        """root(x) as case when x < 0 then error('@2201F@cannot take square root of a negative number') else sqrt(x) end""",
        "cube_root(x) as case when round(cbrt(x)) ** 3 = x then round(cbrt(x)) else cbrt(x) end",
        """raised(x, y) as case when x < 0 and y <> floor(y) then error('@2201F@invalid argument for power function')
           when isinf(pow(x, y)) then error('@22003@value out of range: overflow') else pow(x, y) end""",
        "whole_date(t) as date_trunc('day', t)",
        "months_of(i) as date_part('year', i) * 12 + date_part('month', i)",
        """micros_of(i) as date_part('day', i) * 86400000000 + date_part('hour', i) * 3600000000
           + date_part('minute', i) * 60000000 + date_part('microsecond', i)""",
        """of_micros(u) as to_days(cast(trunc(u / 864e8) as integer))
           + to_microseconds(cast(u - trunc(u / 864e8) * 86400000000 as bigint))""",
        "whole_months(i, step) as to_months(cast(trunc(memory.main.months_of(i) / step) * step as integer))",
        "whole_micros(i, step) as memory.main.of_micros(trunc(memory.main.micros_of(i) / step) * step)",
        "scaled_months(i, n, d) as to_months(cast(trunc(memory.main.months_of(i) * n / d) as integer))",
        """scaled_interval(i, n, d) as memory.main.scaled_months(i, n, d) + memory.main.of_micros(round(memory.main.micros_of(i) * n / d
           + (memory.main.months_of(i) * n / d - trunc(memory.main.months_of(i) * n / d)) * 2592e9))""",
    )
)
"""Statements that make every macro; ``memory.main`` is in reach of every database."""
