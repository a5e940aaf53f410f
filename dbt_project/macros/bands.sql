{#-
    Bands of US dollars, from the lower bound up to, but not including, the next one's. `free` is for prices of zero:
    name your price. One list for prices and payments, so that both can be laid side by side.
-#}
{% macro band_bounds() -%}
    {{ return(['1', '2', '5', '7', '10', '15', '20', '30', '50', '100']) }}
{%- endmacro %}

{#- The lower bound of the band that an amount in US dollars lies in; null for no amount. -#}
{% macro band_from(amount_usd) -%}
    case
        {% for bound in band_bounds() | reverse -%}
            when {{ amount_usd }} >= {{ bound }} then cast({{ bound }} as {{ type_money() }})
        {% endfor -%}
        when {{ amount_usd }} is not null then cast(0 as {{ type_money() }})
    end
{%- endmacro %}

{#- The name of the band whose lower bound `band_from` gave. -#}
{% macro band_name(lower_bound) -%}
    case {{ lower_bound }}
        when 0 then 'under {{ band_bounds()[0] }}'
        {% for bound in band_bounds() -%}
            when {{ bound }} then '{{ bound }}{{ ".00 to " ~ (band_bounds()[loop.index] | int - 1) ~ ".99" if not loop.last else " and more" }}'
        {% endfor -%}
    end
{%- endmacro %}

{#- The band of a sale's asking price: `free` by the price in the seller's currency, however small in dollars. -#}
{% macro price_band(item_price, item_price_usd) -%}
    case
        when {{ item_price }} = 0 then 'free'
        else coalesce({{ band_name('(' ~ band_from(item_price_usd) ~ ')') }}, 'unknown')
    end
{%- endmacro %}

{#- A number to order price bands by: below zero for `free`, null for `unknown`. -#}
{% macro price_band_order(item_price, item_price_usd) -%}
    case
        when {{ item_price }} = 0 then cast(-1 as {{ type_money() }})
        else {{ band_from(item_price_usd) }}
    end
{%- endmacro %}
