with

sales as (

    select * from {{ source('bandcamp', 'sales') }}

),

item_types as (

    select * from {{ ref('item_types') }}

),

known_countries as (

    select
        country_texts.country_text,
        dim_country.country_code,
        dim_country.country

    from {{ ref('country_texts') }} as country_texts
    inner join {{ ref('dim_country') }} as dim_country
        on country_texts.alpha_2 = dim_country.country_code

),

cleaned as (

    select
        -- keys
        _id,
        sale_date,
        sold_at,
        source_file,

        -- texts
        {{ clean_text('url') }} as trimmed_url,
        {{ clean_text('artist_name') }} as artist_name,
        {{ clean_text('album_title') }} as album_title,
        {{ clean_text('item_description') }} as item_description,
        {{ clean_text('country_code') }} as delivered_country_code,
        {{ clean_text('country') }} as delivered_country,

        -- as delivered, to count them as others did
        url as delivered_url,
        artist_name as delivered_artist_name,
        album_title as delivered_album_title,
        item_description as delivered_item_description,
        utc_date,
        art_id,
        amount_over_fmt,

        -- codes
        item_type,
        {{ clean_text('slug_type') }} as slug_type,
        case when slug_type in ('a', 't', 'p') then slug_type else '' end as known_slug_type,
        currency,

        -- numbers
        quantity,
        item_price,
        amount_paid,
        amount_paid_usd

    from sales

),

labelled as (

    select
        cleaned.*,
        item_types.item_type_label,
        item_types.is_physical,
        case when item_types.is_physical then cleaned.item_description end as physical_description

    from cleaned
    left join item_types
        on
            cleaned.item_type = item_types.item_type
            and cleaned.known_slug_type = coalesce(item_types.slug_type, '')

),

read_formats as (

    select
        *,
        {{ says_vinyl('physical_description') }} as is_vinyl,
        {{ says_cd('physical_description') }} as is_cd,
        {{ says_cassette('physical_description') }} as is_cassette,
        {{ says_cassette_length('physical_description') }} as is_cassette_length,
        {{ says_other_medium('physical_description') }} as is_other_medium,
        {{ says_garment('physical_description') }} as is_garment,
        {{ says_merch('physical_description') }} as is_merch,
        {{ says_bundle('physical_description') }} as is_bundle

    from labelled

),

final as (

    select
        -- keys
        cleaned._id,
        cleaned.sale_date,
        cleaned.sold_at,
        cleaned.source_file,

        -- the item
        case
            when cleaned.trimmed_url like '//%' then concat('https:', cleaned.trimmed_url)
            else cleaned.trimmed_url
        end as url,
        cleaned.artist_name,
        cleaned.album_title,
        cleaned.item_description,
        cleaned.item_type,
        cleaned.slug_type,
        cleaned.item_type_label,
        cleaned.is_physical,
        case
            when not cleaned.is_physical then 'digital'
            when
                cleaned.is_bundle
                or (cleaned.is_vinyl and (cleaned.is_cd or cleaned.is_cassette or cleaned.is_garment))
                or (cleaned.is_cd and (cleaned.is_cassette or cleaned.is_garment))
                or (cleaned.is_cassette and cleaned.is_garment)
                then 'bundle'
            when cleaned.is_vinyl then 'vinyl'
            when cleaned.is_cd then 'CD'
            when cleaned.is_cassette then 'cassette'
            when cleaned.is_garment then 'merch'
            when cleaned.is_other_medium then 'other physical'
            when cleaned.is_cassette_length then 'cassette'
            when cleaned.is_merch or cleaned.item_type_label = 'merch' then 'merch'
            else 'other physical'
        end as item_format,
        cleaned.quantity,

        -- the buyer
        cleaned.delivered_country_code,
        cleaned.delivered_country,
        coalesce(by_code.country_code, by_text.country_code) as country_code,
        coalesce(by_code.country, by_text.country, 'Unknown') as country,

        -- money
        cleaned.currency,
        cleaned.item_price,
        cleaned.amount_paid,
        cleaned.amount_paid_usd,
        cleaned.amount_paid > 0 and cleaned.amount_paid_usd is not null as has_usd_ratio,

        -- as delivered
        cleaned.delivered_url,
        cleaned.delivered_artist_name,
        cleaned.delivered_album_title,
        cleaned.delivered_item_description,
        cleaned.utc_date,
        cleaned.art_id,
        cleaned.amount_over_fmt

    from read_formats as cleaned
    left join known_countries as by_code
        on lower(cleaned.delivered_country_code) = by_code.country_text
    left join known_countries as by_text
        on lower(cleaned.delivered_country) = by_text.country_text

)

select * from final
